"""`man syncpoints`: the shipped page is what `--help` of every command says, and roff that man can read."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.project import Project

from pytest_syncpoints.cli import syncpoints

PAGE = Path(__file__).parents[2] / "docs/man/syncpoints.1"


def test_the_shipped_page_is_the_one_the_command_writes(project: Project) -> None:
    ran = project.run("--man")
    assert ran.code == 0
    assert ran.out == PAGE.read_text(encoding="utf-8"), "syncpoints --man > docs/man/syncpoints.1"


def test_it_tells_of_every_command_and_option() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("\\-", "-")
    for name, command in syncpoints.commands.items():
        assert f"\n.SS syncpoints {name} " in text
        for option in command.params:
            for word in (*option.opts, *option.secondary_opts):
                assert not word.startswith("-") or word in text, (name, word)


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not there")
def test_groff_warns_of_nothing() -> None:
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", str(PAGE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "who must meet over this change" in done.stdout
