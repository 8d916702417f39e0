"""Situations: reports of changes people meet with, told as values; the golden files show how each reads."""

from __future__ import annotations

from collections.abc import Callable

from tests.builders import (
    PASSED,
    a_file_evidence,
    a_finding,
    a_participant,
    a_piece_of_news,
    a_plan,
    a_report,
    a_reported_change,
    a_reported_commit,
    a_reported_file,
    a_reported_syncpoint,
    a_risk,
    a_size,
    a_suggested_reviewer,
    a_survivor,
    an_author,
    an_evidence,
    an_outcome,
    some_mutants,
)

from pytest_syncpoints.check import CheckOutcome
from pytest_syncpoints.finding import Exempted
from pytest_syncpoints.report import Contract, Drift, Loops, Part, Report

MIGRATION = "src/billing/ledger/migrations/0042_drop_balance.py"
POST = "src/billing/ledger/post.py"
RATES = "src/billing/rates.py"
LEDGER_FILES = (
    a_reported_file(path=MIGRATION, status="A", added=22, deleted=0, effective=18, owners=("@acme/ops",)),
    a_reported_file(path=POST, added=48, deleted=12, effective=54, owners=("@acme/ops", "@acme/payments")),
    a_reported_file(path="src/billing/ledger/models.py", added=1, deleted=3, effective=4, owners=("@acme/ops",)),
    a_reported_file(path=RATES, added=30, deleted=4, effective=31, components=(), owners=("@acme/payments",)),
    a_reported_file(path="src/billing/api.py", added=14, deleted=3, effective=15, components=()),
    a_reported_file(path="src/billing/errors.py", added=6, deleted=1, effective=6, components=()),
    a_reported_file(path="docs/rates.md", added=14, deleted=0, effective=12, components=(), owners=()),
)
NO_REVIEWS = "reviews not given"
NO_TESTS = an_outcome(
    check="tests", status="skipped", reason="no tests run at a commit; they do with pytest --syncpoints"
)
CANNOT_BE_UNDONE = a_finding(
    rule="REV003",
    path=MIGRATION,
    line=14,
    message="dropped `balance` values come back only from a backup",
    undo="restore `balance` from the last backup",
    remedy="stop reading the column here, drop it in a later change",
    component="ledger",
    reversibility="irreversible",
)
TO_SIGN = "ops can approve the pull request, or sign: syncpoints signoff ledger-ops"
OPEN = a_finding(
    rule="SYN001", syncpoint="ledger-ops", who=("ops",), message="ledger-ops needs ops (permission)", remedy=TO_SIGN
)
OPS_OPEN = a_participant(drift=Drift(changes=11, lines=640, days=32, ratio=2.3))
LEDGER_OPS = a_reported_syncpoint(
    why=("touched: ledger (3 files)", "irreversible: 0042_drop_balance.py"),
    mode="call",
    participants=(
        OPS_OPEN,
        a_participant(
            team="platform",
            purpose="compliance",
            status="by-norm",
            by="http-timeout",
            source="norm",
            because="new calls in `rates.py` have a timeout",
        ),
        a_participant(team="payments", purpose="awareness", status="not-needed"),
        a_participant(team="payments", purpose="learning", status="not-needed"),
    ),
)
SOME_MISSED = an_evidence(
    collected=212,
    ran=212,
    tests={"passed": 211, "skipped": 1},
    files={
        POST: a_file_evidence(
            changed=tuple(range(70, 108)),
            executed={str(line): (0, 1) for line in range(70, 108) if line not in {*range(88, 92), *range(104, 107)}},
            missed=(88, 89, 90, 91, 104, 105, 106),
        ),
        RATES: a_file_evidence(changed=tuple(range(10, 20)), executed={str(line): (1,) for line in range(10, 20)}),
    },
)


def green() -> Report:
    """A small change that needs nobody."""
    files = (
        a_reported_file(components=()),
        a_reported_file(path="src/billing/api.py", added=2, deleted=0, effective=2),
    )
    return a_report(change=a_reported_change(files=files), evidence=an_evidence())


def one_sign_off_missing() -> Report:
    """The story of the ledger: ops has to sign a migration that cannot be undone."""
    not_run = a_finding(rule="EVD001", path=POST, line=88, end_line=91, message="no test runs these 4 changed lines")
    not_run_either = a_finding(
        rule="EVD001", path=POST, line=104, end_line=106, message="no test runs these 3 changed lines"
    )
    return a_report(
        change=a_reported_change(files=LEDGER_FILES),
        findings=(CANNOT_BE_UNDONE, OPEN, not_run, not_run_either),
        syncpoints=(LEDGER_OPS,),
        outcomes=raised("signoffs", "reversibility", "tests"),
        evidence=SOME_MISSED,
        risk=a_risk(),
        news=(
            a_piece_of_news(sha="9e1f0a7" + "6" * 33),
            a_piece_of_news(kind="norm", text="http-timeout: every outgoing call has a timeout"),
        ),
        plan=a_plan(
            mode="call",
            sentence="20-minute call with ops on the migration; the other 122 lines by text",
            synchronicity=0.7,
            fidelity=0.6,
            loops=Loops(closes=("platform",), open=("ops",), skips=("docs (12 changes)",)),
            reviewers=(a_suggested_reviewer(),),
            order=(MIGRATION, "src/billing/ledger/models.py", POST, RATES),
        ),
    )


def at_the_commit_hook() -> Report:
    """The same, staged: what only CI can know is not looked at, and nothing blocks."""
    story = one_sign_off_missing()
    local_open = OPEN._replace(
        level="note", remedy="ops can approve the pull request, or sign: syncpoints signoff ledger-ops"
    )
    change = a_reported_change(
        kind="staged", head=None, commits=(), files=LEDGER_FILES, chosen="what is staged, against HEAD", title=""
    )
    return a_report(
        door="local",
        change=change,
        findings=(CANNOT_BE_UNDONE, local_open),
        syncpoints=(
            LEDGER_OPS._replace(participants=(OPS_OPEN._replace(because=NO_REVIEWS), *LEDGER_OPS.participants[1:])),
        ),
        outcomes=(*raised("signoffs", "reversibility")[:-1], NO_TESTS),
        plan=story.plan._replace(sentence="20-minute call with ops on the migration, before you push"),
    )


def in_the_worktree() -> Report:
    """Nothing committed yet, nothing to say but what was not looked at."""
    change = a_reported_change(kind="worktree", head=None, tree=None, commits=(), chosen="the worktree, against HEAD")
    return a_report(door="local", change=change, outcomes=(*PASSED[:-1], NO_TESTS))


def everybody_signed() -> Report:
    """A change whose sign-offs all hold, one of them by a waiver."""
    waived = a_finding(rule="SYN003", syncpoint="ledger-ops", who=("platform",), message="platform waived ledger-ops")
    participants = (
        a_participant(
            status="met",
            by="alice",
            source="review",
            because="alice's approval of 4f1c66e holds: the 3 ledger files are unchanged (2 rebases since)",
        ),
        a_participant(
            team="platform",
            purpose="compliance",
            status="waived",
            by="carol",
            source="trailer",
            because="waived by carol: the provider is down, follow-up in a week",
        ),
    )
    return a_report(
        change=a_reported_change(files=LEDGER_FILES),
        findings=(waived,),
        syncpoints=(LEDGER_OPS._replace(participants=participants),),
        evidence=SOME_MISSED._replace(files={}),
    )


def stale_sign_off() -> Report:
    """An approval that lapsed, with what is left to read."""
    because = f"bob's approval lapsed: post.py changed; read only: git diff 4f1c66e HEAD -- {POST}"
    stale = a_finding(
        rule="SYN002",
        syncpoint="ledger-ops",
        who=("ops",),
        message="ledger-ops: the sign-off of ops (permission) lapsed",
        remedy="ops can approve the pull request, or sign: syncpoints signoff ledger-ops",
    )
    participant = a_participant(status="stale", by="bob", source="review", because=because)
    return a_report(
        change=a_reported_change(files=LEDGER_FILES),
        findings=(stale,),
        syncpoints=(LEDGER_OPS._replace(participants=(participant,), mode="async-text"),),
        outcomes=raised("signoffs"),
        plan=a_plan(mode="async-text", sentence="ops reads the 54 lines of post.py again, by text"),
    )


def machine_written_and_too_large() -> Report:
    """A bot's change over the limit, with nobody who answers for it."""
    files = tuple(
        a_reported_file(
            path=f"src/billing/generated/client_{number}.py", added=210, deleted=0, effective=205, components=()
        )
        for number in range(8)
    )
    size = a_size(files=8, added=1680, deleted=0, effective=1640, budget=400, limit=1200, review_minutes=328)
    bot = an_author(name="acme-agent[bot]", email="agent[bot]@acme.example", machine=True)
    nobody = a_finding(
        rule="HUM001",
        message="1,640 machine-written lines, and no person answers for them",
        remedy="add `Accountable: Name <e-mail> # machine sha256:5555555555555555` to the last commit",
    )
    large = a_finding(
        rule="SIZ002",
        message="1,640 effective lines; the limit is 1,200",
        remedy="land it in the parts named below, or ask for a limit of its own in `[change]`",
    )
    parts = tuple(
        Part(title=f"clients {n} and {n + 1}", paths=(files[n].path, files[n + 1].path)) for n in (0, 2, 4, 6)
    )
    return a_report(
        change=a_reported_change(
            files=files,
            size=size,
            authors=(bot,),
            commits=(a_reported_commit(author="agent[bot]@acme.example", machine=True, subject="Regenerate clients"),),
            title="Regenerate clients",
        ),
        findings=(nobody, large),
        outcomes=raised("size", "accountability"),
        plan=a_plan(mode="async-text", sentence="read it in four parts, by text", split=parts),
    )


def evidence_gap() -> Report:
    """Lines no test runs, and lines tests run without noticing when they are wrong."""
    survivors = (
        a_survivor(path=POST, line=75, before="amount > 0", after="amount >= 0"),
        a_survivor(path=POST, line=83, before="return total", after="return None"),
        a_survivor(path=RATES, line=12, before='parts = "a|b"', after='parts = ""'),
    )
    found = (
        a_finding(rule="EVD001", path=POST, line=88, end_line=91, message="no test runs these 4 changed lines"),
        a_finding(rule="EVD001", path=POST, line=104, end_line=106, message="no test runs these 3 changed lines"),
        *(
            a_finding(
                rule="EVD004",
                path=one.path,
                line=one.line,
                message=f"no test notices `{one.after}` in place of `{one.before}`",
            )
            for one in survivors
        ),
        a_finding(
            rule="EVD002",
            component="ledger",
            message="tests/contracts/ledger/test_post.py did not run",
            remedy="run the whole suite: `pytest --syncpoints`",
        ),
    )
    evidence = SOME_MISSED._replace(
        mutants=some_mutants(killed=21, survivors=survivors),
        contracts=(Contract(component="ledger", nodeid="tests/contracts/ledger/test_post.py", outcome="not run"),),
    )
    return a_report(
        change=a_reported_change(files=LEDGER_FILES), findings=found, outcomes=raised("tests"), evidence=evidence
    )


def drifted() -> Report:
    """A team that relied on a norm until it lost touch."""
    far = Drift(changes=9, lines=812, days=97, ratio=3.2)
    finding = a_finding(
        rule="DRF001",
        component="ledger",
        who=("platform",),
        message="platform relied on a norm for 9 changes of ledger; meet once",
        remedy="platform reviews this change, or joins the next one on ledger",
    )
    back = a_participant(
        team="platform",
        purpose="compliance",
        status="open",
        because="the norm http-timeout holds, but platform has not met this code for 97 days",
        drift=far,
    )
    needs = a_finding(
        rule="SYN001",
        syncpoint="ledger-ops",
        who=("platform",),
        message="ledger-ops needs platform (compliance)",
        remedy="platform can approve the pull request, or sign: syncpoints signoff ledger-ops --team platform",
    )
    return a_report(
        change=a_reported_change(files=LEDGER_FILES[:2]),
        findings=(finding, needs),
        syncpoints=(LEDGER_OPS._replace(participants=(back,), mode="pairing"),),
        outcomes=(*raised("signoffs"), an_outcome(check="drift", status="raised")),
        plan=a_plan(mode="pairing", sentence="one hour of pairing with platform on post.py"),
    )


def unknown_facts() -> Report:
    """A shallow clone with its merge base, without history: what cannot be told is said."""
    shallow = "the clone is shallow; the whole history: git fetch --unshallow"
    participants = (a_participant(because=NO_REVIEWS),)
    return a_report(
        change=a_reported_change(files=LEDGER_FILES[:2]),
        findings=(
            OPEN,
            a_finding(
                rule="SYN005",
                who=("@acme/platform",),
                message="cannot tell who is in @acme/platform",
                remedy="list its people in `[teams.platform] members`",
            ),
        ),
        syncpoints=(LEDGER_OPS._replace(participants=participants),),
        outcomes=(
            *raised("signoffs")[:4],
            an_outcome(check="reversibility", status="skipped", reason="post.py cannot be parsed"),
            an_outcome(check="drift", status="skipped", reason=shallow),
            an_outcome(check="tests", status="skipped", reason="no evidence of tests is given"),
        ),
        evidence=an_evidence(complete=False, incomplete_because="the session was interrupted", files={}, nodeids=()),
        risk=a_risk(percentile=None, missing=("history (the clone is shallow)",)),
    )


def irreversible_migration() -> Report:
    """Everybody signed, and still: what the migration drops does not come back, and it has no way back of its own."""
    no_reverse = a_finding(
        rule="REV002",
        path=MIGRATION,
        line=9,
        message="the migration has no `downgrade` step",
        undo="by hand: add the column again, empty",
        remedy="write a `downgrade` step",
        component="ledger",
        reversibility="costly",
    )
    participants = (
        a_participant(
            status="met",
            by="alice",
            source="signature",
            because="alice's signature holds: the 3 ledger files are unchanged since 4f1c66e",
        ),
    )
    return a_report(
        change=a_reported_change(files=LEDGER_FILES[:3]),
        findings=(CANNOT_BE_UNDONE, no_reverse),
        syncpoints=(LEDGER_OPS._replace(participants=participants),),
        outcomes=raised("reversibility"),
        plan=a_plan(loops=Loops(closes=("ops",)), order=(MIGRATION, "src/billing/ledger/models.py", POST)),
    )


def shallow_clone() -> Report:
    """CI fetched twenty commits: the merge base is among them, and most of what history would tell is not."""
    cut = "the clone is shallow; the whole history: git fetch --unshallow"
    because = "sign-offs before the oldest commit here cannot be seen; the whole history: git fetch --unshallow"
    return a_report(
        change=a_reported_change(files=LEDGER_FILES[:2]),
        findings=(OPEN,),
        syncpoints=(LEDGER_OPS._replace(participants=(a_participant(because=because),), mode="async-text"),),
        outcomes=(
            *raised("signoffs"),
            an_outcome(check="drift", status="skipped", reason=cut),
            an_outcome(check="collisions", status="skipped", reason=cut),
        ),
        risk=a_risk(percentile=None, factors=(), missing=("history (the clone is shallow)",)),
        plan=a_plan(mode="async-text", sentence="by text with ops, about 15 min to read"),
    )


def no_policy() -> Report:
    """A repository with CODEOWNERS alone, and a file nobody owns."""
    participants = (a_participant(team="@acme/ops", because="no sign-off of @acme/ops is given"),)
    return a_report(
        policy=None,
        change=a_reported_change(files=LEDGER_FILES[:2]),
        findings=(
            a_finding(
                rule="SYN001",
                syncpoint="@acme/ops",
                who=("@acme/ops",),
                message="@acme/ops owns 2 of the changed files (permission)",
                remedy="someone of @acme/ops approves",
            ),
        ),
        syncpoints=(
            a_reported_syncpoint(
                name="@acme/ops", components=(), why=("owns 2 files, by .github/CODEOWNERS",), participants=participants
            ),
        ),
        outcomes=raised("signoffs"),
    )


def crashed_plugin() -> Report:
    """A third party's check that failed: the review is not whole, and says so first."""
    outcomes = (
        *PASSED,
        an_outcome(check="acme_checks", status="crashed", reason="KeyError: 'régime' (acme_checks.py:31)"),
    )
    return a_report(outcomes=outcomes)


def no_owner_and_a_broken_norm() -> Report:
    """Findings that block by themselves, one exempted."""
    found = (
        a_finding(
            rule="OWN001", path="src/billing/new.py", message="no owner", remedy="add a line for it to CODEOWNERS"
        ),
        a_finding(
            rule="OWN001", path="src/billing/newer.py", message="no owner", remedy="add a line for it to CODEOWNERS"
        ),
        a_finding(
            rule="NRM001",
            path=RATES,
            line=41,
            message="`requests.get(url)` has no `timeout` (http-timeout)",
            remedy="`syncpoints check --fix` writes `platform.http.get(url)`",
        ),
        a_finding(
            rule="SIZ001",
            message="412 effective lines; the budget is 400",
            exempted=Exempted(because="one-time import", until="2027-01-31", position=0),
        ),
    )
    files = (*LEDGER_FILES[3:], a_reported_file(path="src/billing/new.py", status="A", owners=()))
    return a_report(
        change=a_reported_change(files=files), findings=found, outcomes=raised("ownership", "norms", "size")
    )


def three_hundred_files() -> Report:
    """A change nobody can read in one go: nothing of it may hide the worst."""
    files = tuple(
        a_reported_file(
            path=f"src/vendor_sync/part_{number // 25:02}/module_{number:03}.py", owners=(), components=("sync",)
        )
        for number in range(299)
    )
    files = (*files, a_reported_file(path=MIGRATION, status="A", added=22, deleted=0, effective=18))
    unowned = tuple(
        a_finding(
            rule="OWN001", path=file.path, message="no owner", remedy="add a line for src/vendor_sync/ to CODEOWNERS"
        )
        for file in files
        if not file.owners
    )
    large = a_finding(rule="SIZ002", message="4,802 effective lines; the limit is 1,200", remedy="land it in parts")
    return a_report(
        change=a_reported_change(
            files=files,
            size=a_size(
                files=300, added=3610, deleted=1794, effective=4802, excluded=120, limit=1200, review_minutes=961
            ),
        ),
        findings=(*unowned, large, CANNOT_BE_UNDONE, OPEN),
        syncpoints=(LEDGER_OPS,),
        outcomes=raised("ownership", "size", "signoffs", "reversibility"),
        plan=a_plan(mode="design-session", sentence="a design session of an hour with ops before anyone reads a line"),
    )


def hostile_names() -> Report:
    """Names, owners and messages chosen to come alive in whatever shows them."""
    paths = (
        "src/@alice #12 GH-7 [x](https://evil.example).py",
        "src/<img src=x onerror=alert(1)> | www.evil.example `` ` | <!-- .py",
        "src/\x1b[2K\r##[error]gone\n::error::forged \u202egnp.py",
        b"caf\xe9 \xff.py".decode("utf-8", "surrogateescape"),
        "-x --output=pwn.py",
    )
    team = "@acme/ops<!-- | ` 4f1c66e1111111"
    files = tuple(
        a_reported_file(path=path, owners=("@alice", "mail@evil.example", "`|"), components=("a|b",)) for path in paths
    )
    found = tuple(
        a_finding(
            rule="NRM001", path=path, line=3, message=f"{path} breaks **a norm**; see #13, @bob and :tada:", remedy=path
        )
        for path in paths[:3]
    )
    open_ = a_finding(
        rule="SYN001", syncpoint="a|b", who=(team,), message=f"a|b needs {team}", remedy="/approve\n/merge"
    )
    return a_report(
        change=a_reported_change(
            files=files,
            title="</details><script>",
            branch="a`b",
            chosen="this branch against origin/[x](//evil.example)",
            commits=(
                a_reported_commit(subject="::add-mask::x", trailers=(("Acked-by", "\x1b]8;;http://evil.example\x07"),)),
            ),
        ),
        findings=(*found, open_),
        syncpoints=(
            a_reported_syncpoint(
                name="a|b", components=("a|b",), why=("touched: <details>",), participants=(a_participant(team=team),)
            ),
        ),
        outcomes=(
            *raised("signoffs", "norms"),
            an_outcome(check="x`|</details>", status="crashed", reason="\x1b[31m## x"),
        ),
        plan=a_plan(mode="call", sentence="call @everyone via https://evil.example", order=paths),
        news=(a_piece_of_news(kind="<b>", text="> quote\n# heading", path=paths[2]),),
    )


def raised(*checks: str) -> tuple[CheckOutcome, ...]:
    """Return the usual outcomes with these raised."""
    known = [outcome.check for outcome in PASSED]
    outcomes = [an_outcome(check=check, status="raised" if check in checks else "passed") for check in known]
    return (*outcomes, *(an_outcome(check=check, status="raised") for check in checks if check not in known))


SITUATIONS: dict[str, Callable[[], Report]] = {
    "green": green,
    "one-sign-off-missing": one_sign_off_missing,
    "at-the-commit-hook": at_the_commit_hook,
    "in-the-worktree": in_the_worktree,
    "everybody-signed": everybody_signed,
    "stale-sign-off": stale_sign_off,
    "machine-written-and-too-large": machine_written_and_too_large,
    "evidence-gap": evidence_gap,
    "drifted": drifted,
    "unknown-facts": unknown_facts,
    "irreversible-migration": irreversible_migration,
    "shallow-clone": shallow_clone,
    "no-policy": no_policy,
    "crashed-plugin": crashed_plugin,
    "no-owner-and-a-broken-norm": no_owner_and_a_broken_norm,
    "three-hundred-files": three_hundred_files,
    "hostile-names": hostile_names,
}
