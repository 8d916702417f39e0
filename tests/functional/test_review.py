"""What a review says: owners without a policy, size, levels by door, exemptions, edits of what judges."""

from __future__ import annotations

from typing import Any

import pytest
from tests.project import Project

OWNERS = "* @acme/all\n/ledger/ @acme/ops alice@example.org\n/free/\n"
SIX_LINES = """\
[teams.ops]
members = ["@acme/ops", "alice@example.org", "bob@example.org"]
[syncpoints.ledger-ops]
paths = ["src/billing/ledger/"]
participants = [{ team = "ops", purpose = "permission" }]
"""


def rules(report: Any) -> list[tuple[str, str]]:
    return [(finding["rule"], finding["level"]) for finding in report["findings"]]


def test_with_no_policy_the_owners_are_the_participants(project: Project) -> None:
    project.commit({".github/CODEOWNERS": OWNERS, "ledger/a": "1\n", "free/b": "1\n", "c": "1\n"})
    project.commit({"ledger/a": "2\n", "free/b": "2\n", "c": "2\n"})
    report = project.check("--commit", "HEAD", "--door", "ci")
    meeting = {point["name"]: [part["team"] for part in point["participants"]] for point in report["syncpoints"]}
    assert meeting == {
        "owners:@acme/all": ["@acme/all"],
        "owners:@acme/ops+alice@example.org": ["@acme/ops or alice@example.org"],
    }
    assert rules(report) == [("SYN001", "block"), ("SYN001", "block")]
    assert report["policy"] is None
    owners = {file["path"]: file["owners"] for file in report["change"]["files"]}
    assert owners == {"c": ["@acme/all"], "free/b": [], "ledger/a": ["@acme/ops", "alice@example.org"]}


def test_an_open_sign_off_informs_locally_and_blocks_in_ci(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.commit({"syncpoints.toml": SIX_LINES})
    project.stage({"src/billing/ledger/post.py": "x = 1\n"})
    outcome = project.run("check", "--staged")
    assert outcome.code == 0, outcome
    assert "SYN001" in outcome.out
    assert "ops" in outcome.out.splitlines()[0]
    assert project.run("check", "--staged", "--door", "ci").code == 1
    project.commit()
    monkeypatch.setenv("CI", "true")
    assert project.run("check", "--commit", "HEAD").code == 1
    monkeypatch.setenv("CI", "false")
    assert project.run("check", "--commit", "HEAD").code == 0


def test_what_a_later_door_can_know_is_skipped_with_the_reason(project: Project) -> None:
    project.commit({"syncpoints.toml": SIX_LINES})
    project.commit({"src/billing/ledger/post.py": "x = 1\n"})
    report = project.check("--commit", "HEAD")
    (participant,) = report["syncpoints"][0]["participants"]
    assert (participant["status"], participant["because"]) == ("open", "reviews not given")
    skipped = {outcome["check"]: outcome["reason"] for outcome in report["outcomes"] if outcome["status"] == "skipped"}
    assert "pytest --syncpoints" in skipped["tests"]


def test_an_untouched_syncpoint_is_not_in_the_report(project: Project) -> None:
    project.commit({"syncpoints.toml": SIX_LINES})
    project.commit({"src/billing/ledgers.py": "x = 1\n"})
    report = project.check("--commit", "HEAD", "--door", "ci")
    assert report["syncpoints"] == []
    assert not report["verdict"]["blocked"]


def test_awareness_and_learning_never_block(project: Project) -> None:
    purposes = SIX_LINES.replace('"permission"', '["awareness", "learning"]')
    project.commit({"syncpoints.toml": purposes})
    project.commit({"src/billing/ledger/post.py": "x = 1\n"})
    report = project.check("--commit", "HEAD", "--door", "ci")
    statuses = [part["status"] for part in report["syncpoints"][0]["participants"]]
    assert statuses == ["not-needed", "not-needed"]
    assert rules(report) == []


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        pytest.param("", [("SYN001", "block")], id="the table's level"),
        pytest.param('[rules]\nSYN = "warn"\n', [("SYN001", "warn")], id="a family's level"),
        pytest.param('[rules]\nSYN001 = "off"\nSYN = "block"\n', [], id="the longer selector wins wherever it stands"),
        pytest.param(
            '[rules]\nSYN = { local = "block" }\n', [("SYN001", "block")], id="a level for the other door only"
        ),
    ],
)
def test_levels_per_rule_and_door(project: Project, extra: str, expected: list[tuple[str, str]]) -> None:
    project.commit({"syncpoints.toml": SIX_LINES + extra})
    project.commit({"src/billing/ledger/post.py": "x = 1\n"})
    assert rules(project.check("--commit", "HEAD", "--door", "ci")) == expected


@pytest.mark.parametrize(
    ("when", "files", "touched"),
    [
        pytest.param(
            'when = ["dependency"]', {"src/billing/ledger/pyproject.toml": "[project]\n"}, True, id="a dependency file"
        ),
        pytest.param('when = ["dependency"]', {"src/billing/ledger/a.py": "1\n"}, False, id="no dependency file"),
        pytest.param(
            'content = ["eval("]', {"src/billing/ledger/a.py": "eval(x)\n"}, True, id="a literal in a changed line"
        ),
        pytest.param('content = ["eval("]', {"src/billing/ledger/a.py": "x\n"}, False, id="the literal is not in it"),
        pytest.param(
            'content = ["eval("]', {"elsewhere.py": "eval(x)\n"}, False, id="the literal is outside its paths"
        ),
        pytest.param('when = ["size"]', {"src/billing/ledger/a.py": "x\n" * 500}, True, id="over the budget"),
        pytest.param('when = ["size"]', {"src/billing/ledger/a.py": "x\n"}, False, id="within the budget"),
    ],
)
def test_when_a_syncpoint_is_touched(project: Project, when: str, files: dict[str, str], touched: bool) -> None:
    project.commit({"syncpoints.toml": SIX_LINES.replace("participants", f"{when}\nparticipants")})
    project.commit(dict(files))
    assert bool(project.check("--commit", "HEAD")["syncpoints"]) == touched


def test_a_syncpoint_without_paths_watches_the_whole_change(project: Project) -> None:
    project.commit({"syncpoints.toml": SIX_LINES.replace('paths = ["src/billing/ledger/"]', 'when = ["size"]')})
    project.commit({"a.py": "x\n" * 500})
    assert [point["name"] for point in project.check("--commit", "HEAD")["syncpoints"]] == ["ledger-ops"]


def test_an_experiment_has_no_syncpoint_before_its_end(project: Project) -> None:
    policy = SIX_LINES.replace('paths = ["src/billing/ledger/"]', 'components = ["try"]')
    part = '[components.try]\npaths = ["try/"]\ntier = "experiment"\nuntil = {}\n'
    project.commit({"syncpoints.toml": policy + part.format("2999-01-01")})
    project.commit({"try/a": "1\n"})
    assert project.check("--commit", "HEAD")["syncpoints"] == []
    project.commit({"syncpoints.toml": policy + part.format("2020-01-01")})
    project.commit({"try/a": "2\n"})
    assert len(project.check("--commit", "HEAD")["syncpoints"]) == 1


def test_size_counts_what_there_is_to_read(project: Project) -> None:
    project.commit(
        {
            ".gitattributes": "gen/* linguist-generated\n",
            "syncpoints.toml": '[change]\nbudget = 10\nlimit = 20\nexclude = ["*.lock"]\n',
            "moved.py": "".join(f"{n}\n" for n in range(50)),
        }
    )
    project.write({"moved.py": None})
    project.commit(
        {
            "gen/big.py": "x\n" * 100,
            "deps.lock": "x\n" * 100,
            "new/moved.py": "".join(f"{n}\n" for n in range(50)),
            "src/a.py": "a\n\n\nb\n",
            "tests/test_a.py": "t\n" * 30,
            "logo.png": b"\x89PNG\0",
        }
    )
    report = project.check("--commit", "HEAD")
    size = report["change"]["size"]
    assert (size["effective"], size["tests_effective"], size["excluded"]) == (3, 30, 200)  # the picture is never zero
    assert rules(report) == [("SIZ003", "note")]
    effective = {file["path"]: file["effective"] for file in report["change"]["files"]}
    assert effective["new/moved.py"] == effective["moved.py"] == 0
    assert {file["path"] for file in report["change"]["files"] if file["generated"]} == {"gen/big.py"}


@pytest.mark.parametrize(("lines", "rule"), [(10, None), (11, "SIZ001"), (20, "SIZ001"), (21, "SIZ002")])
def test_budget_warns_and_limit_blocks(project: Project, lines: int, rule: str | None) -> None:
    project.commit({"syncpoints.toml": "[change]\nbudget = 10\nlimit = 20\n"})
    project.commit({"a.py": "x\n" * lines})
    report = project.check("--commit", "HEAD", "--door", "ci")
    assert [finding["rule"] for finding in report["findings"]] == ([rule] if rule else [])
    assert report["verdict"]["blocked"] == (rule == "SIZ002")


def test_the_changes_own_attributes_do_not_make_it_small(project: Project) -> None:
    project.commit({"a": "1\n"})
    project.commit({".gitattributes": "*.py linguist-generated\n", "big.py": "x\n" * 500})
    assert "SIZ001" in [finding["rule"] for finding in project.check("--commit", "HEAD")["findings"]]


def test_a_component_has_a_budget_of_its_own(project: Project) -> None:
    project.commit({"syncpoints.toml": '[components.core]\npaths = ["core/"]\nbudget = 5\n'})
    project.commit({"core/a.py": "x\n" * 6, "else.py": "x\n" * 6})
    (finding,) = project.check("--commit", "HEAD")["findings"]
    assert (finding["rule"], finding["component"]) == ("SIZ001", "core")


def test_a_required_owner(project: Project) -> None:
    project.commit(
        {"syncpoints.toml": '[ownership]\nrequire = ["src/"]\n', "CODEOWNERS": "/src/known/ @a\n/src/cleared/\n"}
    )
    project.commit({"src/known/a": "1\n", "src/new/b": "1\n", "src/cleared/c": "1\n", "docs/d": "1\n"})
    found = project.check("--commit", "HEAD", "--door", "ci")["findings"]
    assert [(finding["rule"], finding["path"]) for finding in found] == [
        ("OWN001", "src/cleared/c"),
        ("OWN001", "src/new/b"),
    ]
    assert "cleared on purpose" in found[0]["message"]


EXEMPTION = (
    '[change]\nbudget = 5\n[[exemptions]]\nrule = "SIZ"\npaths = ["vendor/"]\nbecause = "imported once"\nuntil = {}\n'
)


def test_an_exempted_finding_is_shown_and_does_not_count(project: Project) -> None:
    project.commit({"syncpoints.toml": EXEMPTION.format("2999-01-01") + '[rules]\nSIZ001 = "block"\n'})
    project.commit({"vendor/a": "x\n" * 9})
    report = project.check("--commit", "HEAD")
    (finding,) = report["findings"]
    assert finding["exempted"]["because"] == "imported once"
    assert not report["verdict"]["blocked"]


@pytest.mark.parametrize(
    ("until", "lines", "expected"),
    [
        pytest.param("2999-01-01", 1, ["POL004"], id="one that covers nothing"),
        pytest.param("2020-01-01", 9, ["POL005", "SIZ001"], id="one that has expired"),
    ],
)
def test_an_exemption_that_does_nothing_is_a_finding(
    project: Project, until: str, lines: int, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")  # prints another time, revives nothing
    project.commit({"syncpoints.toml": EXEMPTION.format(until)})
    project.commit({"vendor/a": "x\n" * lines})
    report = project.check("--commit", "HEAD")
    assert sorted(finding["rule"] for finding in report["findings"]) == expected
    assert report["evaluated_at"].startswith("2001-09-09")


@pytest.mark.parametrize(
    ("files", "rule", "fragment"),
    [
        pytest.param({"syncpoints.toml": None}, "POL001", "removes it", id="the policy removed"),
        pytest.param(
            {"syncpoints.toml": SIX_LINES + "[change]\nlimit = 9000\n"},
            "POL001",
            "sets the limit to 9,000",
            id="a limit",
        ),
        pytest.param({"syncpoints.toml": "[nonsense\n"}, "POL001", "would not validate", id="a policy that is none"),
        pytest.param({"CODEOWNERS": "* @eve\n"}, "POL002", "owns what", id="the owners file"),
        pytest.param({".github/workflows/ci.yml": "on: push\n"}, "POL003", "tests", id="a workflow"),
        pytest.param({"pkg/conftest.py": "1\n"}, "POL003", "tests", id="a conftest anywhere"),
        pytest.param(
            {"pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-x'\n"},
            "POL003",
            "tool.pytest",
            id="pytest's table",
        ),
    ],
)
def test_an_edit_of_what_judges_is_a_finding(
    project: Project, files: dict[str, str | None], rule: str, fragment: str
) -> None:
    project.commit({"syncpoints.toml": SIX_LINES, "CODEOWNERS": "* @acme/all\n"})
    project.commit(dict(files))
    findings = project.check("--commit", "HEAD")["findings"]
    (finding,) = [finding for finding in findings if finding["rule"] == rule]
    assert fragment in finding["message"]


def test_a_policy_file_edited_without_effect_is_no_finding(project: Project) -> None:
    project.commit({"syncpoints.toml": SIX_LINES, "pyproject.toml": "[project]\nname = 'a'\n"})
    project.commit({"syncpoints.toml": "# a comment\n" + SIX_LINES, "pyproject.toml": "[project]\nname = 'b'\n"})
    assert project.check("--commit", "HEAD")["findings"] == []


def test_the_first_policy_judges_the_commit_that_adds_it_and_says_so(project: Project) -> None:
    project.commit({"a": "1\n"})
    project.stage({"syncpoints.toml": SIX_LINES, "src/billing/ledger/a.py": "1\n"})
    report = project.check("--staged")
    assert report["policy"]["path"] == "syncpoints.toml"
    assert report["policy"]["commit"] is None
    assert [point["name"] for point in report["syncpoints"]] == ["ledger-ops"]


def test_a_staged_edit_of_the_policy_does_not_judge_itself(project: Project) -> None:
    project.commit({"syncpoints.toml": SIX_LINES})
    project.stage({"syncpoints.toml": "", "src/billing/ledger/a.py": "1\n"})
    assert [point["name"] for point in project.check("--staged")["syncpoints"]] == ["ledger-ops"]


def test_the_choice_of_a_range(project: Project) -> None:
    project.commit({"a": "1\n"})
    project.branch("feature").commit({"b": "1\n"})
    assert project.check()["change"]["chosen"].startswith("against main")
    project.stage({"c": "1\n"})
    assert project.check()["change"]["kind"] == "staged"
    assert [file["path"] for file in project.check("--worktree")["change"]["files"]] == ["c"]


def test_in_ci_the_index_is_never_the_choice(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.commit({"a": "1\n"})
    project.branch("feature").commit({"b": "1\n"})
    project.stage({"c": "1\n"})
    monkeypatch.setenv("CI", "1")
    assert [file["path"] for file in project.check()["change"]["files"]] == ["b"]


def test_the_same_input_gives_the_same_bytes(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    project.commit({"syncpoints.toml": SIX_LINES})
    project.commit({f"src/billing/ledger/{n}.py": "x\n" * n for n in range(20)})
    first, second = (project.run("check", "--commit", "HEAD", "--format", "json").out for _ in range(2))
    assert first == second


def test_fingerprints_survive_a_move_of_lines_and_are_unique(project: Project) -> None:
    project.commit({"syncpoints.toml": SIX_LINES})
    first = project.commit({f"src/billing/ledger/{n}.bin": b"\0" for n in range(3)})
    second = project.commit({f"src/billing/ledger/{n}.bin": b"\0\0" for n in range(3)})
    reports = [project.check("--commit", sha) for sha in (first, second)]
    found = [{finding["fingerprint"] for finding in report["findings"]} for report in reports]
    assert found[0] == found[1]
    assert len(found[0]) == len(reports[0]["findings"]) == 4


def test_select_and_ignore(project: Project) -> None:
    project.commit({"syncpoints.toml": SIX_LINES})
    project.commit({"src/billing/ledger/a.py": "x\n" * 500})
    assert rules(project.check("--commit", "HEAD", "--select", "SIZ")) == [("SIZ001", "warn")]
    report = project.check("--commit", "HEAD", "--ignore", "SIZ,SYN001")
    assert rules(report) == []
    assert report["simulated"] == ["ignore=SIZ", "ignore=SYN001"]


def test_a_report_renders_as_it_was_judged(project: Project) -> None:
    project.commit({"syncpoints.toml": SIX_LINES})
    project.commit({"src/billing/ledger/a.py": "x\n"})
    project.run("check", "--commit", "HEAD", "--format", "json", "--output", "r.json")
    for form in ("text", "markdown", "json"):
        direct = project.run("check", "--commit", "HEAD", "--format", form)
        again = project.run("render", "r.json", "--to", form)
        assert again.code == 0, again
        if form != "json":
            assert again.out == direct.out
