"""What `--help` of every command shows."""

from __future__ import annotations

import pytest
from tests.project import Project

from pytest_syncpoints.cli import syncpoints


@pytest.mark.parametrize("command", [*sorted(syncpoints.commands)])
def test_the_help_of_a_command_shows_its_examples_line_by_line(project: Project, command: str) -> None:
    outcome = project.run(command, "--help")
    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: syncpoints {command}")
    assert "\\b" not in outcome.out
    examples = [line for line in outcome.out.splitlines() if line.startswith(f"  syncpoints {command}")]
    assert all("syncpoints " not in line.partition("syncpoints")[2].split("  ")[0] for line in examples)


def test_without_a_word_it_shows_the_help_as_it_is(project: Project) -> None:
    ran = project.run()
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == project.run("--help").out


def test_every_command_is_listed_once(project: Project) -> None:
    said = project.run("--help").out
    listed = [line.split()[0] for line in said.splitlines() if line.startswith("  ") and not line.startswith("  sync")]
    assert sorted(listed) == sorted(syncpoints.commands)
