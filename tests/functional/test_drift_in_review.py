"""Drift in a review: the line of each participant, findings, news, norms that stood in too long, fresh incidents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.functional.test_drift import BOB, DAY, POLICY, START, History
from tests.project import Project

from pytest_syncpoints.gather.ranges import RangeRequest
from pytest_syncpoints.report import Report
from pytest_syncpoints.report_difference import differences
from pytest_syncpoints.run import Request, prepare, run

DORA = "Dora Example <dora@example.org>"


@pytest.fixture
def past(project: Project) -> History:
    """Return a history in which ops reviewed the ledger on day 1, and two changes landed since."""
    past = History(project)
    past.land(1, {"src/ledger/a.py": "1\n2\n3\n"}, f"Ledger\n\nReviewed-by: {BOB}", author=DORA)
    past.land(3, {"src/ledger/a.py": "1\n2\n4\n"}, "Fix the rounding of halves")
    past.land(5, {"src/ledger/b.py": "1\n"})
    return past


def reviewed(past: History, day: float, *, build: bool = True, kind: str = "worktree") -> Report:
    """Review what the worktree or the index holds, as of a day."""
    asked = RangeRequest(worktree=kind == "worktree", staged=kind == "staged")
    return run(Request(range=asked, build_history=build, now=START + day * DAY))


def codes(report: Report) -> list[str]:
    return [finding.rule for finding in report.findings if finding.rule.startswith("DRF")]


def found(report: Report, code: str) -> Any:
    return next(finding for finding in report.findings if finding.rule == code)


def test_each_participant_carries_its_drift(past: History) -> None:
    past.project.write({"src/ledger/a.py": "5\n"})
    report = reviewed(past, 25)
    drifts = {one.team: one.drift for point in report.syncpoints for one in point.participants}
    assert drifts["ops"] is not None
    assert tuple(drifts["ops"]) == (2, 3, 24.0, 2.4)


def test_a_team_beyond_its_tempo_is_a_finding(past: History) -> None:
    past.project.write({"src/ledger/a.py": "5\n"})
    report = reviewed(past, 25)
    message = "ledger: ops last met this code 24 days and 2 changes ago; its tempo is 10 days (drift 2.4)"
    assert found(report, "DRF001").message == message
    assert found(report, "DRF001").who == ("ops",)


def test_a_team_within_its_tempo_is_none(past: History) -> None:
    past.project.write({"src/ledger/a.py": "5\n"})
    assert "DRF001" not in codes(reviewed(past, 9))


def test_a_skipped_meeting_is_a_debt_of_the_next_change(past: History) -> None:
    past.project.write({"src/ledger/a.py": "5\n"})
    debt = found(reviewed(past, 25), "DRF002")
    assert debt.message.startswith("money: the meeting with ops was skipped on 2026-01-04, 22 days ago, and 1 time")


def test_a_follower_that_stays_behind_is_told_from_the_fifth_change_on(past: History) -> None:
    for day in (6, 7, 8):
        past.project.write({"src/ledger/a.py": f"{day}\n"})
        assert ("DRF003" in codes(reviewed(past, day))) is (day >= 7)
        past.land(day, {})
    past.project.write({"src/ledger/a.py": "9\n"})
    assert found(reviewed(past, 9), "DRF003").message == "ledger changed 7 times since docs/ledger.md last moved"
    past.project.write({"docs/ledger.md": "how, anew\n"})
    assert "DRF003" not in codes(reviewed(past, 9))


def test_nobody_is_said_to_drift_where_history_records_no_reviews(project: Project) -> None:
    past = History(project)
    past.land(1, {"src/ledger/a.py": "1\n"})
    project.write({"src/ledger/a.py": "2\n"})
    report = reviewed(past, 90)
    assert not {"DRF001", "DRF002"} & set(codes(report))
    assert {one.drift for point in report.syncpoints for one in point.participants} == {None}


INCIDENT = """
[incidents.2026-01-10-ledger]
components = ["ledger"]
date = 2026-01-10
half_life = "60d"
"""


def test_an_incident_turns_awareness_into_permission_for_its_half_life(past: History) -> None:
    past.land(6, {"syncpoints.toml": POLICY + INCIDENT})
    past.project.write({"src/ledger/a.py": "5\n"})
    (point,) = reviewed(past, 20).syncpoints
    assert ("payments", "permission", "open") in [(p.team, p.purpose, p.status) for p in point.participants]
    assert "2026-01-10-ledger was 11 days ago: awareness counts as permission" in point.why
    (point,) = reviewed(past, 80).syncpoints
    assert ("payments", "awareness", "not-needed") in [(p.team, p.purpose, p.status) for p in point.participants]


def test_an_incident_touches_a_sync_point_of_the_whole_change_where_its_component_is_touched(past: History) -> None:
    everything = '[syncpoints.all]\nwhen = ["incident"]\nparticipants = [{ team = "ops", purpose = "permission" }]\n'
    past.land(6, {"syncpoints.toml": POLICY + everything + INCIDENT})
    past.project.write({"src/ledger/a.py": "5\n"})
    assert "all" in {point.name for point in reviewed(past, 25).syncpoints}
    past.project.git("restore", ".")
    past.project.write({"other.py": "5\n"})
    assert "all" not in {point.name for point in reviewed(past, 25).syncpoints}


def test_an_incident_that_brought_nobody_together_is_told_after_30_days(past: History) -> None:
    past.land(6, {"syncpoints.toml": POLICY + INCIDENT})
    past.project.write({"src/ledger/a.py": "5\n"})
    assert "DRF004" not in codes(reviewed(past, 20))
    assert "2026-01-10-ledger resynchronised nobody" in found(reviewed(past, 50), "DRF004").message
    past.land(15, {"src/ledger/b.py": "2\n"}, f"Look again\n\nReviewed-by: {BOB}")
    past.project.write({"src/ledger/a.py": "5\n"})
    assert "DRF004" not in codes(reviewed(past, 50))


def test_the_last_one_who_knows_a_component_is_named(past: History) -> None:
    past.project.write({"src/ledger/a.py": "5\n"})
    assert "DRF005" not in codes(reviewed(past, 25))  # dora and alice know it
    past.land(880, {"src/ledger/b.py": "2\n"}, author=DORA)
    past.project.write({"src/ledger/a.py": "6\n"})
    assert found(reviewed(past, 900), "DRF005").message.startswith("ledger: dora@example.org alone of the 2 who")
    assert "nobody of the 2 who know its files was active" in found(reviewed(past, 2000), "DRF005").message


def test_the_author_hears_what_others_did_since(past: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Dora Example")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "dora@example.org")
    past.land(6, {"syncpoints.toml": POLICY + INCIDENT})
    past.project.stage({"src/ledger/a.py": "5\n"})
    news = [(row.kind, row.text) for row in reviewed(past, 25, kind="staged").news if not row.path]
    assert news == [("incident", "2026-01-10-ledger on 2026-01-10"), ("fix", "Fix the rounding of halves")]
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Alice Example")  # who wrote the fix, and was there on day 5
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "alice@example.org")
    assert [row.kind for row in reviewed(past, 25, kind="staged").news if not row.path] == ["incident"]


def test_a_hook_takes_what_is_remembered_and_makes_nothing(past: History) -> None:
    past.project.stage({"src/ledger/a.py": "5\n"})
    assert codes(reviewed(past, 25, build=False, kind="staged")) == []
    assert not Path(".git/syncpoints/history.sqlite").exists()
    told = codes(reviewed(past, 25, kind="staged"))
    assert codes(reviewed(past, 25, build=False, kind="staged")) == told != []
    past.land(25, {"README.md": "one commit of one's own\n"})
    past.project.stage({"src/ledger/a.py": "6\n"})
    assert "DRF001" in codes(reviewed(past, 26, build=False, kind="staged"))


def test_what_is_remembered_goes_with_its_policy(past: History) -> None:
    past.project.stage({"src/ledger/a.py": "5\n"})
    reviewed(past, 25, kind="staged")
    past.land(25, {"syncpoints.toml": POLICY.replace('tempo = "10d"', 'tempo = "90d"')})
    past.project.stage({"src/ledger/a.py": "6\n"})
    assert codes(reviewed(past, 26, build=False, kind="staged")) == []


@pytest.mark.parametrize("content", [b"", b"no marshal", b"\xe3\x00"])
def test_a_damaged_memory_is_no_memory(past: History, content: bytes) -> None:
    past.project.stage({"src/ledger/a.py": "5\n"})
    Path(".git/syncpoints").mkdir()
    Path(".git/syncpoints/drift").write_bytes(content)
    assert codes(reviewed(past, 25, build=False, kind="staged")) == []
    assert "DRF001" in codes(reviewed(past, 25, kind="staged"))


def test_norms_stand_in_until_the_third_tempo(past: History) -> None:
    relied = POLICY.replace(
        '{ team = "ops", purpose = "permission" }', '{ team = "ops", purpose = "compliance", unless_norms = ["n"] }'
    )
    past.land(6, {"syncpoints.toml": relied + '[norms.n]\ncall = "requests.get"\nrequire_keyword = "timeout"\n'})
    past.project.write({"src/ledger/a.py": "5\n"})
    from pytest_syncpoints.syncpoint import touched_syncpoints

    seen = {}
    for day in (25, 40):
        asked = Request(range=RangeRequest(worktree=True), build_history=True, now=START + day * DAY)
        context = prepare(asked).context._replace(norms_held={"n": True})
        (touched,) = touched_syncpoints(context)
        seen[day] = touched.meetings[0]
    assert seen[25].status == "by-norm"
    assert seen[40].status == "open"
    assert seen[40].because.startswith("ops relied on a norm for 2 changes (drift 3.9); meet once")


def test_how_to_meet_hears_of_drift_and_novelty(past: History) -> None:
    past.project.write({"src/ledger/a.py": "5\n"})
    near, far = reviewed(past, 2).plan, reviewed(past, 60).plan
    assert far.synchronicity > near.synchronicity


def test_explain_says_why_people_must_meet_as_they_must(past: History) -> None:
    past.project.write({"src/ledger/a.py": "5\n"})
    told = past.project.run("check", "--worktree", "--explain").out
    scores = told[told.index("synchronicity ") :]
    assert "0.10 somebody has to agree" in scores
    assert " tempos from this code" in scores
    assert "min to read" in scores[scores.index("fidelity ") :]


def test_the_reviewers_command_names_the_fewest_and_why(past: History) -> None:
    past.project.stage({"src/ledger/a.py": "5\n"})
    (first, *_) = past.project.run("reviewers", "--staged", "--format", "json").json["reviewers"]
    assert set(first) == {"who", "for", "reasons", "load"}
    assert (first["who"], first["for"]) == ("bob", ["ops"])
    assert past.project.run("reviewers", "--staged").out.startswith("bob  for ops\n    wrote or reviewed ")


def test_a_report_names_reviewers_where_somebody_must_agree(past: History) -> None:
    past.project.write({"src/ledger/a.py": "5\n"})
    assert [(one.who, one.for_) for one in reviewed(past, 25).plan.reviewers] == [("bob", ("ops",))]
    past.project.git("checkout", "-q", ".")
    past.project.write({"README.md": "words\n"})
    assert reviewed(past, 25).plan.reviewers == ()


CODEOWNERS = "src/ @acme/core\nsrc/web/ @acme/web\n"


def test_the_author_hears_that_the_code_changed_owners(past: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Dora Example")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "dora@example.org")
    past.land(6, {"CODEOWNERS": CODEOWNERS})
    sha = past.land(7, {"CODEOWNERS": CODEOWNERS + "src/ledger/ @acme/money\n"})
    past.land(8, {"CODEOWNERS": CODEOWNERS + "src/ledger/ @acme/money\nsrc/rates/ @acme/money\n"})
    past.project.stage({"src/ledger/a.py": "5\n"})
    news = [(row.text, row.sha) for row in reviewed(past, 25, kind="staged").news if row.kind == "owner change"]
    assert news[0] == ("ledger: now owned by @acme/money, before by @acme/core", sha)
    assert len(news) == 2  # on day 6 somebody began to own it; on day 8 other code changed hands
    past.project.git("commit", "-q", "-m", "Work", GIT_COMMITTER_DATE=f"{int(START + 9 * DAY)} +0000")
    past.project.stage({"src/ledger/a.py": "6\n"})
    assert not [row for row in reviewed(past, 25, kind="staged").news if row.kind == "owner change"]


def test_owners_files_in_folders_tell_it_too(past: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Dora Example")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "dora@example.org")
    policy = {"syncpoints.toml": POLICY.replace("[people]", '[ownership]\ndialect = "prow"\n[people]')}
    past.land(6, {**policy, "OWNERS": "approvers: [alice]\n"})
    past.land(7, {"src/ledger/OWNERS": "approvers: [erin]\n", "src/rates/OWNERS": "approvers: [alice]\n"})
    past.project.stage({"src/ledger/a.py": "5\n"})
    news = [row.text for row in reviewed(past, 25, kind="staged").news if row.kind == "owner change"]
    assert news[0] == "ledger: now owned by erin, alice, before by alice"


DRIFT_ALONE = POLICY.replace("[syncpoints.money]\n", '[syncpoints.money]\nwhen = ["drift"]\n')


def test_a_syncpoint_of_drift_waits_for_a_team_to_drift(past: History) -> None:
    past.land(6, {"syncpoints.toml": DRIFT_ALONE})
    past.project.write({"src/ledger/a.py": "5\n"})
    assert reviewed(past, 9).syncpoints == ()  # ops met this code 8 days ago, within its tempo
    (point,) = reviewed(past, 25).syncpoints
    assert point.why == ("ops has drifted from ledger", "payments has drifted from ledger")
    past.project.write({"src/ledger/a.py": "1\n2\n4\n", "src/web/w.py": "1\n"})
    assert [point.name for point in reviewed(past, 25).syncpoints] == ["pages"]


def test_a_syncpoint_of_drift_ends_when_its_teams_took_part(past: History) -> None:
    past.land(6, {"syncpoints.toml": DRIFT_ALONE})
    past.land(24, {"src/ledger/a.py": "7\n"}, f"Look\n\nReviewed-by: {BOB}\nReviewed-by: {DORA}")
    past.project.write({"src/ledger/a.py": "5\n"})
    assert reviewed(past, 25).syncpoints == ()


def test_every_door_knows_a_syncpoint_of_drift(past: History) -> None:
    """At a commit it takes what is remembered, and says so where nothing is; the command line and CI read history."""
    past.land(6, {"syncpoints.toml": DRIFT_ALONE})
    past.project.git("switch", "-q", "-c", "topic")
    past.project.stage({"src/ledger/a.py": "5\n"})
    bare = reviewed(past, 25, build=False, kind="staged")
    assert bare.syncpoints == ()
    assert [outcome.status for outcome in bare.outcomes if outcome.check == "drift"] == ["skipped"]
    names = [[point.name for point in reviewed(past, 25, build=b, kind="staged").syncpoints] for b in (True, False)]
    assert names == [["money"], ["money"]]
    past.land(25, {})
    asked = RangeRequest(base="main", head="topic")
    report = run(Request(range=asked, build_history=True, door="ci", now=START + 26 * DAY))
    assert [finding.rule for finding in report.findings if finding.level == "block"] == ["SYN001"]


def test_a_report_with_a_syncpoint_of_drift_verifies_on_later_days(past: History, tmp_path: Path) -> None:
    incident = INCIDENT.replace("60d", "9999d")
    past.land(6, {"syncpoints.toml": DRIFT_ALONE.replace('"drift"', '"drift", "incident"') + incident})
    past.project.branch("topic").commit({"src/ledger/a.py": "5\n"})
    asked = RangeRequest(base="main", head="topic")
    early = run(Request(range=asked, door="ci", build_history=True, now=START + 30 * DAY))
    assert early.syncpoints[0].why[0] == "2026-01-10-ledger was 21 days ago"
    later = run(Request(range=asked, door="ci", build_history=True, now=START + 200 * DAY))
    assert early.syncpoints != later.syncpoints
    assert differences(early, later) == ()


def test_in_ci_a_history_that_cannot_be_read_is_no_pass(past: History) -> None:
    past.land(6, {"syncpoints.toml": DRIFT_ALONE})
    past.project.write({"src/ledger/a.py": "5\n"})
    asked = RangeRequest(worktree=True)
    report = run(Request(range=asked, door="ci", now=START + 9 * DAY))
    assert report.syncpoints[0].why == ("its teams may have drifted (history could not be read)",)


EXPERIMENT = POLICY + (
    '[components.try]\npaths = ["try_out/"]\ntier = "experiment"\nuntil = 2026-03-01\n'
    '[syncpoints.trial]\ncomponents = ["try"]\nparticipants = [{ team = "ops", purpose = "permission" }]\n'
)


@pytest.mark.parametrize(
    ("path", "source", "touched"),
    [
        pytest.param("src/web/a.py", "import try_out.engine\n", True, id="an import of a module in it"),
        pytest.param("src/web/a.py", "def f():\n    from try_out import engine\n", True, id="an import in a function"),
        pytest.param("src/web/a.py", "import try_other\n", False, id="an import of something else"),
        pytest.param("src/web/a.py", "try_out = 'engine'\n", False, id="its name alone"),
        pytest.param("try_out/b.py", "from . import engine\n", False, id="an import within it"),
    ],
)
def test_an_experiment_that_others_import_is_none(past: History, path: str, source: str, touched: bool) -> None:
    past.land(6, {"syncpoints.toml": EXPERIMENT, "try_out/__init__.py": "", "try_out/engine.py": "1\n", path: source})
    past.project.stage({"try_out/engine.py": "2\n"})
    for build in (True, False):  # the hook takes what is remembered
        report = reviewed(past, 25, build=build, kind="staged")
        assert [point.name for point in report.syncpoints] == (["trial"] if touched else [])
    assert [point.name for point in reviewed(past, 90, kind="staged").syncpoints] == ["trial"]  # its day has come


def test_an_imported_experiment_says_who_imports_it(past: History) -> None:
    past.land(6, {"syncpoints.toml": EXPERIMENT, "try_out/engine.py": "1\n", "src/web/a.py": "import try_out.engine\n"})
    past.project.write({"try_out/engine.py": "2\n"})
    (point,) = reviewed(past, 25).syncpoints
    assert point.why == ("touches 1 file of try", "try is an experiment that src/web/a.py imports")


def test_who_reviewed_these_lines_reviews_them_again(project: Project) -> None:
    """Bob and Carol know the file alike; the change is beside lines that Carol reviewed."""
    past = History(project)
    top, end = "".join(f"{n}\n" for n in range(30)), "".join(f"{n}\n" for n in range(100, 130))
    carol = "Carol Example <carol@example.org>"
    past.land(1, {"src/ledger/a.py": top}, f"Start\n\nReviewed-by: {BOB}")
    past.land(1, {"src/ledger/a.py": top + end}, f"End\n\nReviewed-by: {carol}")
    for line, who in (("128", "carol@example.org"), ("2", "bob")):
        past.project.stage({"src/ledger/a.py": (top + end).replace(f"\n{line}\n", "\nanother\n")})
        (first, *_) = reviewed(past, 9, kind="staged").plan.reviewers
        assert who in first.who
        assert first.reasons[0] == "wrote or reviewed the lines that change, or their neighbours"


def test_a_file_or_two_that_change_hands_are_no_news(past: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Dora Example")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "dora@example.org")
    past.land(5, {"CODEOWNERS": CODEOWNERS, **{f"src/ledger/{n}.py": "1\n" for n in range(18)}}, author=DORA)
    past.land(6, {"CODEOWNERS": CODEOWNERS + "src/ledger/1.py @acme/money\n"})
    past.land(7, {"CODEOWNERS": CODEOWNERS + "src/ledger/1* @acme/money\n"})
    past.project.stage({"src/ledger/a.py": "5\n"})
    news = [row.text for row in reviewed(past, 25, kind="staged").news if row.kind == "owner change"]
    assert news == ["ledger: 40% of its files now owned by @acme/money, before by @acme/core"]
