"""A change of the owners files: who loses and who gains what, and faults that it brings in."""

from __future__ import annotations

import time

from tests.project import Project

OWNERS = "* @acme/all\n/ledger/ @acme/ops\n"
POLICY = "[change]\nbudget = 100\n"


def found(project: Project, rule: str, *words: str) -> list[dict[str, object]]:
    report = project.check("--commit", "HEAD", *words)
    return [finding for finding in report["findings"] if finding["rule"] == rule]


def test_a_reassignment_is_a_finding_for_old_and_new_owners(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY, "CODEOWNERS": OWNERS, "ledger/a": "1\n", "ledger/b": "1\n", "c": "1\n"})
    project.commit({"CODEOWNERS": OWNERS.replace("@acme/ops", "@acme/payments")})
    (finding,) = found(project, "OWN002")
    assert finding["message"] == "2 files change owners, from @acme/ops to @acme/payments (such as ledger/a)"
    assert finding["who"] == ["@acme/ops", "@acme/payments"]


def test_an_edit_that_moves_nobody_is_none(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY, "CODEOWNERS": OWNERS, "ledger/a": "1\n"})
    project.commit({"CODEOWNERS": f"# who owns what\n{OWNERS}", "ledger/new": "1\n"})
    assert found(project, "OWN002") == []
    assert len(found(project, "POL002")) == 1


def test_a_new_owners_file_in_a_place_that_comes_first_reassigns(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY, "CODEOWNERS": OWNERS, "c": "1\n"})
    project.commit({".github/CODEOWNERS": "* @eve\n"})
    assert "from @acme/all to @eve" in str(found(project, "OWN002")[0]["message"])


def test_only_new_faults_are_findings_and_block_in_ci(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY, "CODEOWNERS": OWNERS + "/old no-owner-at-all\n"})
    project.commit({"CODEOWNERS": OWNERS + "/old no-owner-at-all\n/new also-none\n"})
    (finding,) = found(project, "OWN003", "--door", "ci")
    assert (finding["line"], finding["level"]) == (4, "block")
    assert [f["level"] for f in found(project, "OWN003")] == ["warn"]


def test_both_owners_of_a_rename_are_named_and_both_sides_are_told(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY, "CODEOWNERS": OWNERS, "ledger/a": "1\n2\n3\n", "c": "1\n"})
    project.commit({"ledger/a": None, "moved/a": "1\n2\n3\n"})
    (finding,) = found(project, "OWN002")
    assert finding["message"] == "moved/a changes owners by a rename, from @acme/ops to @acme/all"
    assert finding["who"] == ["@acme/ops", "@acme/all"]
    files = {file["path"]: file["owners"] for file in project.check("--commit", "HEAD")["change"]["files"]}
    assert files == {"ledger/a": ["@acme/ops"], "moved/a": ["@acme/all"]}


def test_new_lines_that_match_nothing_or_stand_twice_are_findings_and_old_ones_are_not(project: Project) -> None:
    old = OWNERS + "/gone/ @x\n"
    project.commit({"syncpoints.toml": POLICY, "CODEOWNERS": old, "ledger/a": "1\n"})
    project.commit({"CODEOWNERS": old + "/also-gone/ @y\n*.txt @z\nledger/ @z\nledger/ @w\n", "n.txt": ""})
    assert [(f["line"], f["message"]) for f in found(project, "OWN003")] == [
        (4, "the rule /also-gone/ matches no file"),
        (6, "the rule ledger/ stands again further down, where it counts"),
    ]


REQUIRE = '[ownership]\nrequire = ["src/"]\n'


def test_whom_to_name_is_who_wrote_the_neighbours(project: Project) -> None:
    """Read from history by a review, never by the commit hook."""
    project.commit({"syncpoints.toml": REQUIRE, "CODEOWNERS": "/docs/ @d\n", "docs/a": ""})
    for number, who in enumerate(["bob@example.org", "carol@example.org", "bob@example.org"]):
        project.commit_as(who, {f"src/ledger/{number}.py": "1\n"})
    project.commit_as("dependabot[bot]@users.noreply.github.com", {"src/ledger/lock": "1\n"})
    project.commit({"src/ledger/new.py": "1\n"})
    (finding,) = found(project, "OWN001", "--door", "ci")
    assert finding["remedy"] == (
        "add a rule for it to CODEOWNERS, for example for bob@example.org, "
        "who wrote 2 of the last 3 commits there (src/ledger/)"
    )
    project.stage({"src/ledger/newer.py": "1\n"})
    (staged,) = [f for f in project.check("--staged")["findings"] if f["rule"] == "OWN001"]
    assert staged["remedy"] == "add a rule for it to CODEOWNERS"


def test_a_new_folder_is_proposed_to_who_wrote_the_one_above(project: Project) -> None:
    project.commit({"syncpoints.toml": REQUIRE, "README": ""})
    project.commit_as("bob@example.org", {"src/a.py": "1\n"})
    project.commit({"src/fresh/b.py": "1\n"})
    (finding,) = found(project, "OWN001")
    assert finding["remedy"] == (
        "add an owners file, for example .github/CODEOWNERS, for example for bob@example.org, "
        "who wrote the last commit there (src/)"
    )


LONG_AGO = {"GIT_AUTHOR_DATE": "2020-01-05T10:00:00+00:00", "GIT_COMMITTER_DATE": "2020-01-05T10:00:00+00:00"}
QUIET = "* quiet@example.org @alice @nobody-knows\n/a quiet@example.org\n/b quiet@example.org alice@example.org\n"


def lately(project: Project, files: dict[str, str | bytes | None]) -> None:
    now = str(int(time.time()))
    project.commit(files, GIT_AUTHOR_DATE=f"{now} +0000", GIT_COMMITTER_DATE=f"{now} +0000")


def test_owners_silent_for_a_year_are_told_and_those_nobody_can_see_are_not(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY, "CODEOWNERS": QUIET}, **LONG_AGO)
    lately(project, {"c": "1\n"})
    lately(project, {"a": "1\n", "b": "1\n", "d": "1\n"})
    (finding,) = found(project, "OWN004")
    assert finding["message"] == "nobody who owns a has taken part here for a year: quiet@example.org"
    assert (finding["level"], finding["path"]) == ("note", "a")


def test_a_history_younger_than_a_year_says_nothing_of_silence(project: Project) -> None:
    lately(project, {"syncpoints.toml": POLICY, "CODEOWNERS": QUIET})
    lately(project, {"a": "1\n"})
    assert found(project, "OWN004") == []


def test_a_name_in_a_trailer_or_under_another_address_is_a_part_taken(project: Project) -> None:
    people = '[people]\nquinn = ["quiet@example.org", "quinn@home.example"]\n'
    project.commit({"syncpoints.toml": people, "CODEOWNERS": QUIET}, **LONG_AGO)
    now = str(int(time.time()))
    dates = {"GIT_AUTHOR_DATE": f"{now} +0000", "GIT_COMMITTER_DATE": f"{now} +0000"}
    project.commit({"c": "1\n"}, "A change\n\nReviewed-by: Quinn <Quinn@home.example>\n", **dates)
    lately(project, {"a": "1\n"})
    assert found(project, "OWN004") == []


def test_the_first_owners_files_of_a_tree_count_at_once_and_trusted_ones_are_not_edited_away(project: Project) -> None:
    """Per-directory dialects, too: they are read only as they are asked."""
    prow = '[ownership]\ndialect = "prow"\n'
    project.commit({"syncpoints.toml": prow, "a/x": "1\n"})
    project.stage({"a/OWNERS": "approvers: [eve]\n", "a/x": "2\n"})
    assert _owners(project, "a/x") == ["eve"]
    project.commit()
    project.stage({"a/OWNERS": "approvers: [mallory]\n", "a/x": "3\n"})
    assert _owners(project, "a/x") == ["eve"]


def _owners(project: Project, path: str) -> list[str]:
    files = project.check("--staged")["change"]["files"]
    return next(file["owners"] for file in files if file["path"] == path)


def test_an_edit_of_files_in_directories_is_held_against_the_whole_tree(project: Project) -> None:
    prow = '[ownership]\ndialect = "prow"\n'
    project.commit({"syncpoints.toml": prow, "OWNERS": "approvers: [root]\n", "a/b/x": "1\n", "c": "1\n"})
    project.commit({"a/OWNERS": "approvers: [carol]\n", "b/OWNERS": "approvers: bob: [\n", "b/y": ""})
    (moved,) = found(project, "OWN002")
    assert moved["message"] == "a/b/x changes owners, from root to carol, root"
    assert [f["path"] for f in found(project, "OWN003")] == ["b/OWNERS"]
