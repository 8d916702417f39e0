"""A change of the owners files: who loses and who gains what, and faults that it brings in."""

from __future__ import annotations

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
