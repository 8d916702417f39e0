"""Sign-offs by every source, bound to content: what keeps them, what makes them lapse, and who may give them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.signing import CHANGED, LEDGER, POLICY, Story

from pytest_syncpoints.change import Person

Event = Callable[[Story], None]
SOURCES: dict[str, Event] = {
    "trailer": lambda story: story.by_trailer(),
    "review": lambda story: story.by_review(),
    "note": lambda story: story.by_note(),
}


def edit(path: str, old: str, new: str) -> Event:
    return lambda story: story.edit(path, old, new)


def add(files: dict[str, str | bytes | None]) -> Event:
    def event(story: Story) -> None:
        story.project.commit_as("carol@example.org", dict(files))

    return event


def rebase(files: dict[str, str | None]) -> Event:
    return lambda story: story.rebase(files)


def squash(story: Story) -> None:
    message = story.project.git("log", "-1", "--format=%B")
    story.project.git("reset", "-q", "--soft", "main")
    story.project.commit_as("carol@example.org", None, message)


def amend(story: Story) -> None:
    story.project.git("commit", "-q", "--amend", "--allow-empty", "--no-edit", "--trailer", "Note: amended")


def move_to_another_file(story: Story) -> None:
    story.project.commit_as(
        "carol@example.org",
        {"ledger/post.py": CHANGED.replace("LINE 10\n", ""), "ledger/old.py": "old\n" * 9 + "LINE 10\n"},
    )


def make_executable(story: Story) -> None:
    (story.project.path / "ledger/post.py").chmod(0o755)
    story.project.commit_as("carol@example.org")


def rename(story: Story) -> None:
    story.project.git("mv", "ledger/post.py", "ledger/book.py")
    story.project.commit_as("carol@example.org")


def bump_submodule(story: Story) -> None:
    story.project.git("update-index", "--add", "--cacheinfo", f"160000,{story.head},ledger/vendored")
    story.project.git("commit", "-q", "-m", "Bump", GIT_AUTHOR_NAME="Carol", GIT_AUTHOR_EMAIL="carol@example.org")


def revert_and_reapply(story: Story) -> None:
    changed = story.project.git("log", "-1", "--format=%H", "--", "ledger")
    story.project.git("revert", "--no-edit", changed)
    story.project.git("revert", "--no-edit", "HEAD")


def force_push_back(story: Story) -> None:
    signed = story.head
    story.edit("ledger/post.py", "line 3\n", "other\n")
    story.project.git("reset", "-q", "--hard", signed)


def evil_merge(story: Story) -> None:
    story.on_main({"elsewhere.py": "1\n"})
    story.project.git("merge", "-q", "--no-commit", "main")
    story.project.commit_as(
        "carol@example.org", {"ledger/post.py": CHANGED.replace("LINE 10\n", "EVIL\n")}, "Merge main"
    )


def plain_merge(story: Story) -> None:
    story.on_main({"elsewhere.py": "1\n"})
    story.project.git("merge", "-q", "--no-edit", "main")


def flip_rename_pairing(story: Story) -> None:
    """Add, out of scope, what git would pair with a file deleted in scope before it was signed."""
    story.project.commit_as("carol@example.org", {"archive.py": "old\n" * 9})


# What happens after Bob signed, what becomes of it, and the reason the report gives (a part of it).
EVENTS = [
    pytest.param(lambda story: None, "met", "holds: the ledger-ops file is unchanged", id="nothing happens"),
    pytest.param(rebase({"elsewhere.py": "1\n"}), "met", "unchanged", id="a rebase over changes elsewhere"),
    pytest.param(
        rebase({"ledger/post.py": "top\n" + LEDGER}),
        "met",
        "unchanged",
        id="a rebase over lines far away in the same file",
    ),
    pytest.param(
        rebase({"ledger/post.py": LEDGER.replace("line 8\n", "near\n")}),
        "stale",
        "lapsed",
        id="a rebase over lines in its context",
    ),
    pytest.param(squash, "met", "unchanged", id="a squash"),
    pytest.param(amend, "met", "unchanged", id="an amended message"),
    pytest.param(
        lambda story: story.on_main({"elsewhere.py": "1\n"}), "met", "unchanged", id="the base moves elsewhere"
    ),
    pytest.param(
        lambda story: story.on_main({"ledger/post.py": "top\n" + LEDGER}),
        "met",
        "unchanged",
        id="the base moves in scope, not merged yet",
    ),
    pytest.param(plain_merge, "met", "since", id="the base is merged in"),
    pytest.param(edit("other.py", "x", "y"), "met", "(1 commit since)", id="an edit out of scope"),
    pytest.param(
        edit("ledger/post.py", "line 3\n", "line  3\n"),
        "stale",
        "post.py changed; read only: git diff",
        id="a space more in scope",
    ),
    pytest.param(
        edit("ledger/post.py", "LINE 10\n", "Line 10\n"),
        "stale",
        "post.py changed; read only",
        id="the signed line changes",
    ),
    pytest.param(
        edit("ledger/post.py", "    tell()\nelse:\n    wait()\n", "else:\n    wait()\n    tell()\n"),
        "stale",
        "post.py changed; read only",
        id="a signed line moves out of its if",
    ),
    pytest.param(
        move_to_another_file, "stale", "old.py and post.py changed", id="a signed line moves to another file in scope"
    ),
    pytest.param(make_executable, "stale", "post.py changed", id="the file becomes executable"),
    pytest.param(rename, "stale", "book.py and post.py changed", id="the file is renamed"),
    pytest.param(add({"ledger/new.bin": b"\0\1"}), "stale", "new.bin changed", id="a binary joins"),
    pytest.param(add({"ledger/__init__.py": ""}), "stale", "__init__.py changed", id="an empty file joins"),
    pytest.param(bump_submodule, "stale", "vendored changed", id="a submodule is bumped"),
    pytest.param(revert_and_reapply, "met", "unchanged", id="it is reverted and applied again"),
    pytest.param(force_push_back, "met", "unchanged", id="a force-push back to what was signed"),
    pytest.param(evil_merge, "stale", "post.py changed", id="a merge that edits in scope by hand"),
]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("event", "status", "because"), EVENTS)
def test_a_sign_off_lives_as_long_as_what_was_signed(
    story: Story, source: str, event: Event, status: str, because: str
) -> None:
    SOURCES[source](story)
    event(story)
    ops = story.ops()
    assert ops.status == status, ops
    if source != "trailer" or event is not squash:
        assert because in ops.because


@pytest.mark.parametrize("source", SOURCES)
def test_a_file_out_of_scope_that_would_flip_rename_pairing_changes_nothing(story: Story, source: str) -> None:
    story.project.commit_as("carol@example.org", {"ledger/old.py": None})
    SOURCES[source](story)
    flip_rename_pairing(story)
    assert story.ops().status == "met", story.ops()


def not_a_member_any_more(story: Story) -> None:
    story.on_main({"syncpoints.toml": POLICY.replace('"bob@example.org", "robot', '"robot')})


def member_only_at_head(story: Story) -> None:
    story.project.commit_as(
        "carol@example.org", {"syncpoints.toml": POLICY.replace("members = [", 'members = ["dan@example.org", ')}
    )


def co_authored(story: Story) -> None:
    story.edit("ledger/post.py", "line 1\n", "one\n")
    story.project.git("commit", "-q", "--amend", "-m", "Two of us\n\nCo-authored-by: Bob <bob@example.org>")


def co_author_line(line: str) -> Event:
    """Have Carol's commit name somebody in its message."""

    def event(story: Story) -> None:
        story.project.git("commit", "-q", "--amend", "-m", f"Ours\n\n{line}")

    return event


def merged_by_bob(ledger: str, main: dict[str, str | None], *words: str) -> Event:
    """Have Bob merge main, and leave this in the file."""

    def event(story: Story) -> None:
        story.on_main(main)
        story.project.git("merge", "-q", "--no-commit", "--no-ff", *words, "main")
        story.project.commit_as("bob@example.org", {"ledger/post.py": ledger}, "Merge main")

    return event


def carried_by(who: str) -> Event:
    """Have somebody commit what Carol wrote: a rebase or a cherry-pick makes nobody an author."""

    def event(story: Story) -> None:
        story.project.git("commit", "-q", "--amend", "--no-edit", GIT_COMMITTER_EMAIL=f"{who}@example.org")

    return event


def written_from(address: str) -> Event:
    """Have a change in scope come from an address that a host gives to those who keep theirs private."""

    def event(story: Story) -> None:
        story.project.commit_as(address, {"ledger/more.py": "more\n"})

    return event


def known_to_the_host(who: str, then: Event) -> Event:
    """Have the host join somebody's handle to an e-mail first."""

    def event(story: Story) -> None:
        story.forge = story.forge._replace(identities=(*story.forge.identities, (who, f"{who}@example.org")))
        then(story)

    return event


def nothing(story: Story) -> None:
    """Leave the story as it is."""


# Before whose word, who gives it (by which source), and what it is worth.
SIGNERS_OF_STORIES = [
    pytest.param(nothing, "trailer", "bob", "met", "bob's sign-off in", id="a member, by trailer"),
    pytest.param(nothing, "review", "bob", "met", "bob's approval of", id="a member, by review"),
    pytest.param(nothing, "note", "bob", "met", "bob's signature in", id="a member, by note"),
    pytest.param(
        nothing, "trailer", "Alice <alice@home.example>", "met", "alice's", id="a member by another e-mail of [people]"
    ),
    pytest.param(
        nothing, "review", "Alice", "met", "alice's approval", id="a member by the handle of [people], in capitals"
    ),
    pytest.param(nothing, "trailer", "carol", "open", "an author of these lines", id="the author, by trailer"),
    pytest.param(
        nothing,
        "review",
        "carol",
        "open",
        "an author of these lines",
        id="the author, by a handle the host joins to an e-mail",
    ),
    pytest.param(co_authored, "trailer", "bob", "open", "an author of these lines", id="a co-author, by trailer"),
    pytest.param(co_authored, "review", "bob", "open", "an author of these lines", id="a co-author, by review"),
    pytest.param(
        co_author_line("* one\n\nCo-authored-by: Bob <bob@example.org>\n\n* two\n\nand no trailers"),
        "review",
        "bob",
        "open",
        "an author of these lines",
        id="a co-author named in the middle of a squashed message",
    ),
    pytest.param(
        co_author_line("Co-authored-by: @bob"),
        "review",
        "bob",
        "open",
        "an author of these lines",
        id="a co-author by handle",
    ),
    pytest.param(
        co_author_line("Co-authored-by: <bob@example.org>"),
        "review",
        "bob",
        "open",
        "an author of these lines",
        id="a co-author without a name",
    ),
    pytest.param(
        merged_by_bob(CHANGED.replace("line 3\n", "evil\n"), {"elsewhere.py": "1\n"}),
        "review",
        "bob",
        "open",
        "an author of these lines",
        id="who edited in scope while merging",
    ),
    pytest.param(
        merged_by_bob(CHANGED, {"ledger/old.py": "new\n" * 9}, "-s", "ours"),
        "review",
        "bob",
        "open",
        "an author of these lines",
        id="who dropped in a merge what main had changed in scope",
    ),
    pytest.param(
        merged_by_bob("top\n" + CHANGED, {"ledger/post.py": "top\n" + LEDGER}),
        "review",
        "bob",
        "met",
        "bob's approval",
        id="who merged both sides of one file as git does",
    ),
    pytest.param(nothing, "trailer", "dan", "open", "not in ops", id="a stranger, by trailer"),
    pytest.param(
        nothing,
        "review",
        "dan",
        "open",
        "not in ops by that handle; if they are, add to [people]: dan =",
        id="a stranger, by review",
    ),
    pytest.param(
        nothing, "trailer", "Robot <robot@ci[bot].example>", "open", "a machine cannot sign", id="a machine, by trailer"
    ),
    pytest.param(nothing, "review", "dependabot[bot]", "open", "a machine cannot sign", id="a machine, by review"),
    pytest.param(not_a_member_any_more, "trailer", "bob", "open", "not in ops", id="a former member, by trailer"),
    pytest.param(not_a_member_any_more, "review", "bob", "open", "not in ops", id="a former member, by review"),
    pytest.param(member_only_at_head, "trailer", "dan", "open", "not in ops", id="a member only at head, by trailer"),
    pytest.param(member_only_at_head, "review", "dan", "open", "not in ops", id="a member only at head, by review"),
    pytest.param(
        written_from("12345+hana@users.noreply.github.com"),
        "review",
        "hana",
        "open",
        "an author of these lines",
        id="an author under a no-reply address, by review",
    ),
    pytest.param(
        known_to_the_host("hana", written_from("hana@users.noreply.github.com")),
        "review",
        "hana",
        "open",
        "an author of these lines",
        id="an author under a no-reply address whose e-mail the host knows, by review",
    ),
    pytest.param(
        written_from("7-bob@users.noreply.gitlab.com"),
        "trailer",
        "bob",
        "open",
        "an author of these lines",
        id="an author under a no-reply address of GitLab, by trailer",
    ),
    pytest.param(carried_by("bob"), "trailer", "bob", "met", "holds", id="who only committed, by trailer"),
    pytest.param(carried_by("bob"), "note", "bob", "met", "holds", id="who only committed, by note"),
]


@pytest.mark.parametrize(("before", "source", "who", "status", "because"), SIGNERS_OF_STORIES)
def test_who_may_sign(story: Story, before: Event, source: str, who: str, status: str, because: str) -> None:
    before(story)
    sign: dict[str, Callable[[str], None]] = {
        "trailer": story.by_trailer,
        "review": story.by_review,
        "note": story.by_note,
    }
    sign[source](who)
    ops = story.ops()
    assert (ops.status, because in ops.because) == (status, True), ops


def written_by_bob_then_squashed(story: Story) -> None:
    """Let Bob write a line and approve it, and Carol squash it into hers: his name is gone, the line is not."""
    text = (story.project.path / "ledger/post.py").read_text()
    story.project.commit_as("bob@example.org", {"ledger/post.py": text.replace("line 3\n", "bob\n")})
    story.by_review()
    squash(story)


def two_reviews(first: dict[str, object], second: dict[str, object]) -> Event:
    def event(story: Story) -> None:
        story.by_review("bob", **first)
        story.by_review("bob", **second)

    return event


def pushed_by_bob(story: Story) -> None:
    story.forge = story.forge._replace(pushers=(Person("", "", "bob"),))
    story.by_review()


def opened_by_bob(story: Story) -> None:
    story.forge = story.forge._replace(author=Person("", "", "bob"))
    story.by_review()


def unknown_author(story: Story) -> None:
    """Let the host not know whose e-mail Carol's is: Hana could be Carol."""
    story.forge = story.forge._replace(identities=())
    story.by_review("hana")


REVIEWS = [
    pytest.param(lambda s: s.by_review(edited=True), "open", "an edited one never counts", id="an edited approval"),
    pytest.param(lambda s: s.by_review(state="dismissed"), "open", "was dismissed", id="a dismissed approval"),
    pytest.param(
        lambda s: s.by_review(bot=True), "open", "a machine cannot sign", id="an approval the host calls a bot's"
    ),
    pytest.param(lambda s: s.by_review(state="commented"), "open", "nobody has signed", id="a mere comment"),
    pytest.param(
        lambda s: s.by_review(state="changes-requested"), "open", "asked for changes on", id="changes requested"
    ),
    pytest.param(
        two_reviews({}, {"state": "changes-requested"}),
        "open",
        "asked for changes on",
        id="an approval, then changes requested",
    ),
    pytest.param(
        two_reviews({"state": "changes-requested"}, {}), "met", "holds", id="changes requested, then an approval"
    ),
    pytest.param(two_reviews({}, {"state": "commented"}), "met", "holds", id="an approval, then a comment"),
    pytest.param(
        two_reviews({}, {"state": "dismissed"}), "open", "was dismissed", id="an approval, then one that was dismissed"
    ),
    pytest.param(
        written_by_bob_then_squashed, "open", "an author of these lines", id="an approval of own lines, squashed later"
    ),
    pytest.param(pushed_by_bob, "open", "an author of these lines", id="an approval by who pushed it"),
    pytest.param(opened_by_bob, "open", "an author of these lines", id="an approval by who opened the pull request"),
    pytest.param(
        unknown_author,
        "open",
        'cannot be told apart from the author Carol <carol@example.org>; add to [people]: hana = ["@hana"',
        id="a handle that could be the author's",
    ),
    pytest.param(
        lambda s: s.by_review("hana"), "met", "hana's approval", id="a handle, where the host knows the author's"
    ),
    pytest.param(
        lambda s: s.by_review(commit="4f1c66e" + "0" * 33),
        "open",
        "cannot be compared: commit 4f1c66e is not in this clone; git fetch origin 4f1c66e000",
        id="an approval of a commit that is not here",
    ),
    pytest.param(
        lambda s: s.by_review(commit="--upload-pack=x"),
        "open",
        "names no commit it was given on",
        id="an approval of what is no commit id",
    ),
    pytest.param(lambda s: s.by_review(commit=""), "open", "names no commit", id="an approval of no commit"),
    pytest.param(
        lambda s: s.by_review(commit=s.project.git("rev-parse", "main")),
        "stale",
        "post.py changed",
        id="an approval of what was before the change",
    ),
]


@pytest.mark.parametrize(("event", "status", "because"), REVIEWS)
def test_what_a_review_is_worth(story: Story, event: Event, status: str, because: str) -> None:
    event(story)
    ops = story.ops()
    assert (ops.status, because in ops.because) == (status, True), ops


def test_the_reasons_are_the_two_sentences_of_the_design(story: Story) -> None:
    story.by_review()
    reviewed = story.head
    story.rebase({"elsewhere.py": "1\n"})
    assert (
        story.ops().because
        == f"bob's approval of {reviewed[:7]} holds: the ledger-ops file is unchanged (rebased since)"
    )
    story.edit("ledger/post.py", "line 3\n", "other\n")
    command = f"git diff {reviewed[:7]} HEAD -- ledger/post.py"
    assert story.ops().because == f"bob's approval lapsed: post.py changed; read only: {command}"
    assert "+other" in story.project.git(*command.split()[1:])


def test_many_changed_files_are_counted_and_odd_names_quoted(story: Story) -> None:
    story.by_review()
    story.project.commit_as("carol@example.org", {"ledger/it's $HOME.py": "1\n"})
    assert story.ops().because.endswith("-- 'ledger/it'\"'\"'s $HOME.py'")
    story.project.commit_as("carol@example.org", {f"ledger/{name}.py": "1\n" for name in "abcd"})
    because = story.ops().because
    assert "a.py, b.py, c.py and 2 more changed" in because
    assert because.endswith(" HEAD -- ledger/")


def test_a_lapsed_sign_off_of_a_path_that_is_no_text_reaches_the_report(story: Story) -> None:
    story.by_trailer()
    story.project.commit_as("carol@example.org", {"ledger/caf\udce9.py": "1\n"})
    found = story.project.check("--base", "main", "--door", "ci")
    assert "caf" in found["syncpoints"][0]["participants"][0]["because"]


def test_two_identities_of_one_person_are_one_approval(story: Story) -> None:
    story.on_main({"syncpoints.toml": POLICY.replace('"permission" }', '"permission", approvals = 2 }')})
    story.by_trailer("Alice <alice@example.org>")
    story.by_review("alice")
    assert story.ops().status == "open"
    story.by_note("bob")
    assert story.ops().status == "met", story.ops()
    assert story.ops().because.count("holds") == 2


def test_one_person_in_two_teams_signs_for_each(story: Story) -> None:
    dev = '[teams.dev]\nmembers = ["bob"]\n[signers]'
    both = POLICY.replace("[signers]", dev).replace(
        '"permission" }]', '"permission" }, { team = "dev", purpose = "compliance" }]'
    )
    story.on_main({"syncpoints.toml": both})
    story.by_trailer("bob")
    assert [part.status for part in story.report().syncpoints[0].participants] == ["met", "open"]
    story.by_review("bob")  # a review is of the whole change
    assert [part.status for part in story.report().syncpoints[0].participants] == ["met", "met"]


def test_the_mailmap_of_the_base_joins_identities_and_the_changes_own_does_not(story: Story) -> None:
    story.project.commit_as("carol@example.org", {".mailmap": "Bob <bob@example.org> <dan@example.org>\n"})
    story.by_trailer("dan")
    assert story.ops().status == "open"
    story.on_main({".mailmap": "Bob <bob@example.org> <dan@example.org>\n"})
    assert story.ops().status == "met"


def test_an_author_elsewhere_may_sign_for_what_others_wrote(story: Story) -> None:
    story.project.commit_as("bob@example.org", {"other.py": "bob was here\n"})
    story.by_review()
    assert story.ops().status == "met"


def test_a_policy_the_change_edits_does_not_judge_it(story: Story) -> None:
    story.project.commit_as("carol@example.org", {"syncpoints.toml": POLICY.replace("bob@", "carol-friend@")})
    found = story.report()
    assert found.syncpoints[0].participants[0].status == "open"
    assert "takes bob@example.org from the members of team ops" in next(
        f.message for f in found.findings if f.rule == "POL001"
    )


def test_an_older_policy_is_not_kept_by_forking_early(story: Story) -> None:
    not_a_member_any_more(story)
    for sign in SOURCES.values():
        if sign is not SOURCES["note"]:
            sign(story)
    assert story.ops().status == "open"


def test_a_short_digest_or_another_team_is_no_sign_off(story: Story) -> None:
    digest = story.digest
    for scope, words in (("ledger-ops/ops", digest[:20]), ("ledger-ops/dev", digest), ("other/ops", digest)):
        story.by_trailer("bob", f"Acked-by: {{who}} # {scope} {words}")
    assert story.ops().status == "open"


WAIVER = "Syncpoint-Waived: ledger-ops/ops {who} # {digest} hotfix at night"


@pytest.mark.parametrize("source", ["trailer", "note"])
def test_a_waiver_satisfies_the_gate_and_stays_on_record(story: Story, source: str) -> None:
    if source == "trailer":
        story.by_trailer("bob", WAIVER)
    else:
        story.by_note("bob", "--waive", "hotfix at night")
    found = story.report()
    participant = found.syncpoints[0].participants[0]
    assert (participant.status, participant.because) == ("waived", "hotfix at night")
    assert [finding.rule for finding in found.findings] == ["SYN003"]
    assert not found.verdict.blocked
    story.edit("ledger/post.py", "line 3\n", "other\n")
    assert story.ops().status == "stale"


def test_a_waiver_by_an_author_is_none(story: Story) -> None:
    story.by_trailer("carol", WAIVER)
    assert (story.ops().status, "an author" in story.ops().because) == ("open", True)


def test_a_waiver_by_somebody_who_may_not_waive_is_none(story: Story) -> None:
    leads = '[teams.leads]\nmembers = ["dan@example.org"]\n[signers]'
    story.on_main(
        {"syncpoints.toml": POLICY.replace("[signers]", leads).replace("accept =", 'waivable_by = ["leads"]\naccept =')}
    )
    story.by_trailer("bob", WAIVER)
    assert (story.ops().status, "not in leads" in story.ops().because) == ("open", True)
    story.by_trailer("dan", WAIVER)
    assert story.ops().status == "waived"


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_counts_only_where_the_policy_accepts_it(story: Story, source: str) -> None:
    SOURCES[source](story)
    kept = [name for name in ("trailer", "review", "signature") if name != source.replace("note", "signature")]
    story.on_main(
        {"syncpoints.toml": POLICY.replace('["trailer", "review", "signature"]', str(kept).replace("'", '"'))}
    )
    assert story.ops().status == "open"


@pytest.mark.parametrize(
    ("members", "readable", "status", "rules"),
    [
        pytest.param(("hana",), "readable", "met", [], id="in the team"),
        pytest.param(("ida",), "readable", "open", ["SYN001"], id="not in the team"),
        pytest.param((), "", "open", ["SYN001", "SYN005"], id="the team cannot be read"),
    ],
)
def test_a_forge_team_counts_when_its_members_can_be_read(
    story: Story, members: tuple[str, ...], readable: str, status: str, rules: list[str]
) -> None:
    story.on_main({"syncpoints.toml": POLICY.replace('"@hana"', '"@acme/ops"')})
    story.forge = story.forge._replace(team_members={"@acme/ops": members if readable else None})
    story.by_review("hana")
    assert story.ops().status == status, story.ops()
    assert [finding.rule for finding in story.report().findings] == rules


@pytest.mark.parametrize(
    ("who", "event", "status", "because"),
    [
        pytest.param("hana", nothing, "met", "hana's approval of", id="any one of the owners"),
        pytest.param("hana", rebase({"elsewhere.py": "1\n"}), "met", "(rebased since)", id="it survives a rebase"),
        pytest.param("hana", edit("other.py", "x", "y"), "met", "(1 commit since)", id="it survives an edit elsewhere"),
        pytest.param(
            "hana",
            edit("ledger/post.py", "line 3\n", "o\n"),
            "stale",
            "post.py changed; read only",
            id="it lapses with its files",
        ),
        pytest.param("hana", add({"ledger/x.py": ""}), "stale", "x.py changed", id="it lapses when a file joins"),
        pytest.param("dan", nothing, "open", "not in @acme/ops or @hana", id="somebody else"),
        pytest.param("carol", nothing, "open", "an author of these lines", id="the author, though an owner"),
    ],
)
def test_without_a_policy_owners_get_the_same_treatment(
    story: Story, who: str, event: Event, status: str, because: str
) -> None:
    owners = {"syncpoints.toml": None, "CODEOWNERS": "/ledger/ @acme/ops @hana @carol\n"}
    story.rebase(owners)
    story.forge = story.forge._replace(team_members={"@acme/ops": ("ida",)})
    story.by_review(who)
    event(story)
    ops = story.ops()
    assert (ops.status, because in ops.because) == (status, True), ops


def test_the_first_day_needs_owners_and_the_hosts_own_json(story: Story) -> None:
    """No policy, no configuration: an owner's approval on GitHub holds through a rebase and lapses with its files."""
    story.rebase({"syncpoints.toml": None, "CODEOWNERS": "/ledger/ @acme/ops @hana\n"})
    carol = {"author": {"login": "carol"}, "commit": {"author": {"name": "Carol", "email": "carol@example.org"}}}
    approval = {
        "id": 80,
        "user": {"login": "hana", "type": "User"},
        "state": "APPROVED",
        "commit_id": story.head,
        "submitted_at": "2026-01-06T10:00:00Z",
    }
    given = story.project.path.parent / "reviews.json"
    given.write_text(
        json.dumps({"reviews": [approval], "commits": [carol], "pull_request": {"user": {"login": "carol"}}})
    )
    words = ("check", "--base", "main", "--door", "ci", "--reviews", str(given))
    assert story.project.run(*words).code == 0, story.project.run(*words)
    story.rebase({"elsewhere.py": "1\n"})
    outcome = story.project.run(*words, "--format", "json")
    assert outcome.code == 0, outcome
    assert "(rebased since)" in outcome.json["syncpoints"][0]["participants"][0]["because"]
    story.edit("ledger/post.py", "line 3\n", "other\n")
    outcome = story.project.run(*words)
    assert outcome.code == 1, outcome
    assert "SYN002" in outcome.out
    assert "hana's approval lapsed: post.py changed" in " ".join(outcome.out.split())


def test_supposing_a_signature_shows_what_would_settle_it(story: Story) -> None:
    words = ("--base", "main", "--door", "ci", "--as-if", "signed:ops=bob@example.org", "--format", "json")
    outcome = story.project.run("check", *words)
    assert outcome.code == 0, outcome
    assert outcome.json["simulated"] == ["signed:ops=bob@example.org"]


def test_supposing_in_ci_proves_nothing(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    for words in (("--as-if", "signed:ops=bob@example.org"), ("--ignore", "SYN")):
        assert story.project.run("check", "--base", "main", *words).code == 3


TOLD = """
[teams.docs]
members = ["alice"]
"""


@pytest.mark.parametrize(
    ("event", "status"),
    [
        pytest.param(nothing, "not-needed", id="nobody looked"),
        pytest.param(lambda s: s.by_review("alice", state="commented"), "met", id="a member commented"),
        pytest.param(lambda s: s.by_note("alice"), "met", id="a member signed, for another team even"),
        pytest.param(lambda s: s.by_review("bob"), "not-needed", id="somebody else approved"),
        pytest.param(lambda s: s.by_review("alice", bot=True), "not-needed", id="a machine commented"),
    ],
)
def test_who_is_only_to_know_has_met_once_they_took_part(story: Story, event: Event, status: str) -> None:
    also = '"permission" }, { team = "docs", purpose = "awareness" }]'
    story.on_main({"syncpoints.toml": POLICY.replace('"permission" }]', also) + TOLD})
    event(story)
    (point,) = story.report().syncpoints
    assert [one.status for one in point.participants if one.team == "docs"] == [status]


def test_where_nobody_may_waive_nobody_does(story: Story) -> None:
    story.on_main({"syncpoints.toml": POLICY.replace('paths = ["ledger/"]', 'paths = ["ledger/"]\nwaivable_by = []')})
    story.by_trailer(line="Syncpoint-Waived: ledger-ops/ops {who} # {digest} at night")
    ops = story.ops()
    assert (ops.status, "nobody may waive ledger-ops" in ops.because) == ("open", True), ops
