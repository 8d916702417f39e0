"""Effective size at the doors: what the report says of formatting, hostile files and parts that could land apart."""

from __future__ import annotations

from typing import Any

from tests.project import Project

BODY = "".join(f"    total_{n} = ledger.balance + amount_{n}\n" for n in range(9))


def sizes(report: dict[str, Any]) -> dict[str, int]:
    return {file["path"]: file["effective"] for file in report["change"]["files"]}


def test_a_reformatted_file_and_a_moved_function_have_no_effective_lines(project: Project) -> None:
    project.commit({"a.py": f"def post(ledger):\n{BODY}\n\nx = f(1, 2)\n", "b.py": "y = 1\n"})
    project.commit({"a.py": "x = f(\n    1,\n    2,\n)\n", "b.py": f"y = 1\n\n\ndef post(ledger):\n{BODY}"})
    report = project.check("--commit", "HEAD")
    assert sizes(report) == {"a.py": 0, "b.py": 0}
    assert report["change"]["size"]["effective"] == 0
    assert report["change"]["size"]["added"] > 0


def test_a_renamed_and_edited_file_counts_what_was_edited(project: Project) -> None:
    project.commit({"old.py": f"def post(ledger):\n{BODY}"})
    project.write({"old.py": None})
    project.commit({"new.py": f"# moved here\ndef post(ledger):\n{BODY}    return 1\n"})
    assert sizes(project.check("--commit", "HEAD")) == {"old.py": 0, "new.py": 1}


def test_comments_and_columns_of_other_languages_have_no_effective_lines(project: Project) -> None:
    project.commit({"a.go": "// a\nx := f(1,2)\n", "b.js": "run();\n", "c.yaml": "a: |\n  b\n"})
    project.commit({"a.go": "// b\n// c\nx := f(1, 2)\n", "b.js": "/*\nrun();\n*/\n", "c.yaml": "a: |\n  b\n  # c\n"})
    assert sizes(project.check("--commit", "HEAD")) == {"a.go": 0, "b.js": 1, "c.yaml": 1}


def test_python_that_cannot_be_parsed_is_siz003_at_every_range(project: Project) -> None:
    project.commit({"a.py": "x = 1\n"})
    project.stage({"a.py": "print 'x'\n", "b.py": b"# coding: utf-7\n+AGk-mport os\n"})
    for words in (("--staged",), ("--worktree",)):
        report = project.check(*words)
        found = [(finding["rule"], finding["path"]) for finding in report["findings"]]
        assert found == [("SIZ003", "a.py"), ("SIZ003", "b.py")]
        assert all(sizes(report).values())


def test_a_large_change_comes_with_parts_in_the_report_and_on_the_terminal(project: Project) -> None:
    policy = '[change]\nbudget = 5\n[components.core]\npaths = ["core/"]\n[components.web]\npaths = ["web/"]\n'
    project.commit({"syncpoints.toml": policy})
    lines = "".join(f"x{n} = {n}\n" for n in range(6))
    project.commit({"core/a.py": f"from web import b\n{lines}", "web/b.py": lines, "web/__init__.py": ""})
    assert [part["paths"] for part in project.check("--commit", "HEAD")["plan"]["split"]] == [
        ["web/__init__.py", "web/b.py"],
        ["core/a.py"],
    ]
    shown = project.run("check", "--commit", "HEAD").out
    assert "could land as 2 changes" in shown
    assert "1. 6 lines in web" in shown
