"""What cannot be undone reaches the report, the sync points and the sign-offs, at every door."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from tests.detecting import migration
from tests.project import Project

PATH = "shop/migrations/0042_drop.py"
DROP = migration("migrations.RemoveField('order', 'total')")
POLICY = """\
[components.shop]
paths = ["shop/"]
[syncpoints.data]
components = ["shop"]
when = ["{when}"]
participants = [{{ team = "@acme/data", purpose = "permission" }}]
"""


def rev(report: Any) -> list[tuple[str, str, bool]]:
    return [(f["rule"], f["class"], bool(f["exempted"])) for f in report["findings"] if f["rule"].startswith("REV")]


def skipped(report: Any) -> dict[str, str]:
    return {one["check"]: one["reason"] for one in report["outcomes"] if one["status"] == "skipped"}


@pytest.mark.parametrize("words", [["--commit", "HEAD"], ["--base", "HEAD~1", "--head", "HEAD"]])
def test_a_finding_has_class_undo_path_remedy_and_component(project: Project, words: list[str]) -> None:
    project.commit({"syncpoints.toml": POLICY.format(when="irreversible"), "a": "1\n"})
    project.commit({PATH: DROP})
    (found,) = (f for f in project.check(*words)["findings"] if f["rule"] == "REV003")
    assert (found["class"], found["level"], found["component"], found["line"]) == ("irreversible", "warn", "shop", 6)
    assert found["undo"] == "restore the values from a backup"
    assert "expand and contract" in found["remedy"]


@pytest.mark.parametrize("range_", ["--staged", "--worktree"])
def test_what_is_staged_or_in_the_worktree_is_judged_likewise(project: Project, range_: str) -> None:
    project.commit({"a": "1\n"})
    project.stage({PATH: DROP})
    assert rev(project.check(range_)) == [("REV003", "irreversible", False)]
    outcome = project.run("check", range_)
    assert "REV003 irreversible" in outcome.out
    assert "undo: restore the values from a backup" in outcome.out
    assert "reversible way: stop reading" in outcome.out
    assert "nothing irreversible" not in outcome.out


def test_a_harmless_change_says_that_nothing_is_irreversible(project: Project) -> None:
    project.commit({"a": "1\n"})
    project.stage({"a": "2\n"})
    assert "nothing irreversible" in project.run("check", "--staged", "--format", "markdown").out


@pytest.mark.parametrize(
    ("when", "files", "touched"),
    [
        pytest.param("irreversible", {PATH: DROP}, True, id="a drop is irreversible"),
        pytest.param("irreversible", {"shop/a.py": "1\n"}, False, id="code is not"),
        pytest.param("irreversible", {"migrations/0001.py": DROP}, False, id="a drop elsewhere is not its concern"),
        pytest.param("irreversible", {PATH: "class Migration(:\n"}, True, id="what cannot be read is not safe"),
        pytest.param("schema", {PATH: migration()}, True, id="any migration is a schema's"),
        pytest.param("schema", {"shop/api.proto": 'syntax = "proto3";\n'}, True, id="and so is a message"),
        pytest.param("schema", {"shop/a.py": "1\n"}, False, id="code is not, either"),
        pytest.param("dependency", {"shop/requirements.txt": "a==1\n"}, True, id="requirements are dependencies"),
        pytest.param("dependency", {"shop/notes.txt": "a==1\n"}, False, id="notes are none"),
    ],
)
def test_when_a_sync_point_is_touched(
    project: Project, when: str, files: dict[str, str | bytes | None], *, touched: bool
) -> None:
    project.commit({"syncpoints.toml": POLICY.format(when=when)})
    project.commit(files)
    points = project.check("--commit", "HEAD")["syncpoints"]
    assert [point["name"] for point in points] == ["data"] * touched
    assert all(next(iter(files)).rpartition("/")[2] in point["why"][0] for point in points)


def test_an_exemption_keeps_the_sync_point_away_too(project: Project) -> None:
    exempted = '[[exemptions]]\nrule = "REV003"\npaths = ["shop/"]\nbecause = "no deployment yet"\n'
    project.commit({"syncpoints.toml": POLICY.format(when="irreversible") + exempted})
    project.commit({PATH: DROP})
    report = project.check("--commit", "HEAD")
    assert (rev(report), report["syncpoints"]) == ([("REV003", "irreversible", True)], [])


def test_an_irreversible_change_binds_whole_files_and_another_does_not(project: Project) -> None:
    """A change of a line far from the hunks alters the digest of the first, and not of the second."""
    lines = [f"{n}\n" for n in range(40)]
    project.commit({"syncpoints.toml": POLICY.format(when="touched"), "shop/a.py": "".join(lines)})
    digests = {}
    for name, files in {"drop": {PATH: DROP}, "code": {"shop/b.py": "1\n"}}.items():
        for far in ("near\n", "far\n"):
            project.git("checkout", "-q", "-B", name, "main")
            project.commit({"shop/a.py": "".join([far, *lines[1:]])})
            project.commit({**files, "shop/a.py": "".join([far, *lines[1:-1], "last\n"])})
            (point,) = project.check("--commit", "HEAD")["syncpoints"]
            digests[name, far] = point["digest"]
    assert digests["code", "near\n"] == digests["code", "far\n"]
    assert digests["drop", "near\n"] != digests["drop", "far\n"]


def test_a_stated_binding_stays(project: Project) -> None:
    policy = POLICY.format(when="touched")
    digests = []
    for name, stated in (("hunks", 'bind = "hunks"\n'), ("default", ""), ("blobs", 'bind = "blobs"\n')):
        project.git("checkout", "-q", "--orphan", name)
        project.commit({"syncpoints.toml": policy.replace("when", f"{stated}when"), PATH: "x = 1\n"})
        project.commit({PATH: DROP})
        (point,) = project.check("--commit", "HEAD")["syncpoints"]
        digests.append(point["digest"])
    hunks, default, blobs = digests
    assert default == blobs != hunks


def test_a_call_is_proposed_for_the_sync_point_of_what_cannot_be_undone_alone(project: Project) -> None:
    other = '[syncpoints.web]\npaths = ["web/"]\nparticipants = [{ team = "@acme/web", purpose = "permission" }]\n'
    project.commit({"syncpoints.toml": POLICY.format(when="touched") + other})
    project.commit({PATH: DROP, "web/a.py": "1\n"})
    modes = {point["name"]: point["mode"] for point in project.check("--commit", "HEAD")["syncpoints"]}
    assert modes == {"data": "call", "web": "async-text"}


def test_a_change_that_exactly_undoes_an_earlier_commit_is_exempt_and_says_which(project: Project) -> None:
    project.commit({"requirements.txt": "a==1.0\nb==1.0\n"})
    project.commit({"requirements.txt": "a==2.0\nb==1.0\n"}, "Take a 2.0")
    sha = project.git("rev-parse", "HEAD")
    project.commit({"other": "1\n"})
    project.commit({"requirements.txt": "a==1.0\nb==1.0\n"})
    project.commit({"requirements.txt": "a==2.0\nb==1.0\n"}, "Take it again")
    report = project.check("--commit", "HEAD")
    assert rev(report) == [("REV001", "costly", True)]
    project.commit({"requirements.txt": "a==2.0\nb==2.0\n"})
    assert rev(project.check("--commit", "HEAD")) == [("REV001", "costly", False)]
    assert len(sha) == 40


def test_a_revert_is_exempt_although_the_file_moved_on(project: Project) -> None:
    lines = [f"{n} = 1\n" for n in "abcdefghijklmnop"]
    flag = 'if client.variation("new", user, False):\n'
    before, after = "".join(lines) + flag, "".join(lines)
    project.commit({"app.py": after})
    project.commit({"app.py": before}, "Ask the flag")
    project.commit({"app.py": "z = 1\n" + before})
    project.commit({"app.py": "z = 1\n" + after}, 'Revert "Ask the flag"')
    report = project.check("--commit", "HEAD")
    assert rev(report) == [("REV001", "costly", True)]
    (found,) = (f for f in report["findings"] if f["rule"] == "REV001")
    assert found["exempted"]["because"].endswith("(Ask the flag)")


def test_a_revert_with_one_line_more_is_not_exempt(project: Project) -> None:
    flag = 'if client.variation("new", user, False):\n'
    project.commit({"app.py": "a = 1\n"})
    project.commit({"app.py": "a = 1\n" + flag})
    project.commit({"app.py": "a = 2\n"})
    assert rev(project.check("--commit", "HEAD")) == [("REV001", "costly", False)]


def test_a_secret_stays_leaked_also_where_a_revert_brings_it_back(project: Project) -> None:
    secret = "AKIA" + "Q3EGSHVR7PLWX2ND\n"
    project.commit({"app.cfg": secret})
    project.commit({"app.cfg": "none\n"})
    project.commit({"app.cfg": secret})
    outcome = project.run("check", "--commit", "HEAD", "--format", "json")
    assert rev(outcome.json) == [("REV003", "irreversible", False)]
    assert secret.strip() not in outcome.out + outcome.err


def test_a_deleted_module_is_looked_for_in_the_tree_that_is_judged(project: Project) -> None:
    project.commit({"shop/rates.py": "x = 1\n", "app/bill.py": "from shop.rates import x\n", "b.py": "y = 1\n"})
    project.stage({"shop/rates.py": None})
    assert rev(project.check("--staged")) == [("REV001", "costly", False)]
    project.stage({"app/bill.py": "x = 1\n"})
    assert rev(project.check("--staged")) == []
    project.commit()
    assert rev(project.check("--commit", "HEAD")) == []


def test_a_field_is_held_against_earlier_migrations_of_the_base(project: Project) -> None:
    field = "migrations.AlterField('order', 'code', models.CharField(max_length={}))"
    made = migration("migrations.CreateModel('Order', fields=[('code', models.CharField(max_length=50))])")
    project.commit({"shop/migrations/0001_initial.py": made})
    project.stage({"shop/migrations/0002_code.py": migration(field.format(20))})
    assert rev(project.check("--staged")) == [("REV003", "irreversible", False)]
    project.stage({"shop/migrations/0002_code.py": migration(field.format(80))})
    assert rev(project.check("--staged")) == []


def test_without_a_reader_the_detector_is_skipped_and_the_change_is_not_called_safe(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    project.commit({"syncpoints.toml": POLICY.format(when="irreversible")})
    project.commit({"shop/migrations/1.sql": "ALTER TABLE a DROP COLUMN b;\n"})
    report = project.check("--commit", "HEAD")
    reason = "sqlglot is not installed: pip install 'pytest-syncpoints[sql]' (1 file)"
    assert skipped(report)["reversibility.sql"] == reason
    assert [point["name"] for point in report["syncpoints"]] == ["data"]
    assert "nothing irreversible" not in project.run("check", "--commit", "HEAD", "--format", "markdown").out


DETECTOR = """\
from pytest_syncpoints import hookimpl
from pytest_syncpoints.subject import irreversible

class Ledger:
    name = "acme-ledger"
    kind = "schema"

    def wants(self, file):
        return file.path.endswith(".ledger")

    def judge(self, subject, facts):
        {body}

@hookimpl
def syncpoints_detectors():
    return [Ledger()]
"""
FINDS = 'yield irreversible(subject, 1, "closes a book", undo="open it with the auditors", remedy="close a copy")'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(FINDS, [("REV003", "irreversible", False)], id="it finds"),
        pytest.param("raise KeyError('book')", [], id="it crashes"),
    ],
)
def test_a_plugin_adds_a_detector_as_the_built_in_ones_are(
    project: Project,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    body: str,
    expected: list[tuple[str, str, bool]],
) -> None:
    installed = tmp_path / "installed"
    installed.mkdir()
    name = f"acme_ledger_{len(expected)}"
    (installed / f"{name}.py").write_text(DETECTOR.format(body=body), encoding="utf-8")
    monkeypatch.syspath_prepend(installed)
    project.commit({"syncpoints.toml": f'plugins = ["{name}"]\n' + POLICY.format(when="irreversible")})
    project.commit({"shop/a.ledger": "1\n"})
    outcome = project.run("check", "--commit", "HEAD", "--format", "json")
    report = outcome.json
    assert outcome.code == (0 if expected else 3)
    assert rev(report) == expected
    assert [point["name"] for point in report["syncpoints"]] == ["data"]
    crashed = [one["check"] for one in report["outcomes"] if one["status"] == "crashed"]
    assert crashed == ([] if expected else ["reversibility.acme-ledger"])
    assert report["verdict"]["blocked"] is bool(crashed)


def test_verify_recomputes_the_findings(project: Project) -> None:
    project.commit({"a": "1\n"})
    project.git("checkout", "-q", "-b", "feature")
    project.commit({PATH: DROP})
    words = ["--base", "main", "--head", "feature", "--door", "ci"]
    (project.path / "r.json").write_text(project.run("check", *words, "--format", "json").out, encoding="utf-8")
    assert project.run("verify", "r.json", *words).code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            DROP + "#" * (300 << 10) + "\n", "drops column order.total", id="a large file is judged all the same"
        ),
        pytest.param("x = " + "(" * 5000 + ")" * 5000 + "\n", "cannot be judged", id="deep nesting"),
        pytest.param("x = " + "[" * 200_000 + "\n", "cannot be judged", id="deeper nesting"),
        pytest.param(b"\0" * 1000, "cannot be judged", id="binary"),
        pytest.param("# coding: utf-7\n+ADw-\n", "cannot be judged", id="an encoding that hides"),
        pytest.param("#" * (5 << 20) + "\n", "cannot be judged", id="5 MB"),
    ],
)
def test_hostile_source_costs_neither_the_process_nor_the_verdict(
    project: Project, text: str | bytes, said: str
) -> None:
    project.commit({"a": "1\n"})
    project.stage({PATH: text})
    report = project.check("--staged")
    assert rev(report) == [("REV003", "irreversible", False)]
    assert any(said in finding["message"] for finding in report["findings"])
    assert not any(outcome["status"] == "crashed" for outcome in report["outcomes"])
