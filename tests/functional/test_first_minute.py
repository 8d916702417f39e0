"""docs/first-minute.md: what stands in its console blocks is what the commands print, in the places they are typed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.project import Outcome, Project, captured

from pytest_syncpoints.cli import main

pytestmark = pytest.mark.once

PAGE = Path(__file__).parents[2] / "docs/first-minute.md"
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
TASK = re.compile(r"^## (.*)$", re.MULTILINE)
MOST_COMMANDS = 3


def blocks() -> list[list[tuple[str, list[str]]]]:
    """Return each block as its commands, each with the lines that stand below it."""
    found = []
    for text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        pieces = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
        found.append([(lines[0].partition("  #")[0].strip(), lines[1:-1]) for lines in (p.split("\n") for p in pieces)])
    return found


def as_words(text: str) -> str:
    """Return a line without what differs from one repository or day to the next: commits, digests and numbers."""
    text = re.sub(r"\b[0-9a-f]{7,}\b(…)?", "H", " ".join(text.split()))
    return re.sub(r"[\d,]*\d", "N", text)


def assert_shows(outcome: Outcome, lines: list[str]) -> None:
    """Hold each line of the page against the output, in order; `…` stands for what is left out."""
    printed = iter([as_words(line) for line in (outcome.out + outcome.err).splitlines()])
    for line in lines:
        wanted = as_words(line.removesuffix("…"))
        if wanted:
            found = any(one.startswith(wanted) if line.endswith("…") else one == wanted for one in printed)
            assert found, f"{line!r} is not what is printed (or not in this order):\n{outcome}"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Project]:
    """Return what makes the place a block is typed in, and goes there."""

    def at(name: str) -> Project:
        place = tmp_path / "ledger"
        if name in ("ledger", "deployment"):
            if not place.exists():
                assert captured(lambda: main(["demo", str(place)]), ("demo",)).code == 0
            found = Project.at(place)
            (place / "syncpoints.html").unlink(missing_ok=True)
            if name == "deployment":
                found.git("switch", "-q", "main")
                found.stage({"deployment/app.yaml": "a: 1\n"})
                text = (place / "syncpoints.toml").read_text(encoding="utf-8")
                added = (
                    PAGE.read_text(encoding="utf-8")
                    .partition("```toml\n[syncpoints.deploy-ops]")[2]
                    .partition("```")[0]
                )
                (place / "syncpoints.toml").write_text(f"{text}[syncpoints.deploy-ops]{added}", encoding="utf-8")
            else:
                found.git("switch", "-q", "drop-balance")
        else:
            found = Project(tmp_path / name)
            found.commit({"src/a.py": "1\n", ".github/dependabot.yml": "version: 2\n"})
            found.commit({"src/a.py": "2\n"})
        if name == "shallow":
            clone = tmp_path / "clone"
            words = ["git", "clone", "-q", "--depth=1", f"file://{found.path}", str(clone)]
            subprocess.run(words, check=True, capture_output=True)
            found = Project.at(clone)
        monkeypatch.chdir(found.path)
        return found

    monkeypatch.setenv("GIT_AUTHOR_NAME", "Alice Example")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    return at


def typed(project: Project, command: str) -> Outcome | None:
    """Run a command as it stands; ``None`` for another program than git and our own."""
    command, _, target = command.partition(" >> ")
    program, *words = shlex.split(command)
    if program == "git":
        return Outcome((command,), 0, project.git(*words), "")
    if program != "syncpoints":
        return None
    ran = project.run(*words)
    if target:
        with open(os.path.expandvars(target.strip('"')), "a", encoding="utf-8") as file:
            file.write(ran.out)
    return ran


@pytest.mark.parametrize(
    ("number", "place"),
    [
        pytest.param(0, "fresh", id="a first policy, and the hooks"),
        pytest.param(1, "shallow", id="what is wrong with a clone"),
        pytest.param(2, "ledger", id="a block, understood and settled"),
        pytest.param(3, "deployment", id="one more part, with a typing mistake"),
        pytest.param(4, "fresh", id="the summary"),
    ],
)
def test_the_page_shows_what_is_printed(number: int, place: str, places: Callable[[str], Project]) -> None:
    project = places(place)
    if number == 2:
        hashes = re.findall(r"git diff ([0-9a-f]{7})", PAGE.read_text(encoding="utf-8"))
        assert set(hashes) == {project.git("rev-parse", "--short=7", "4-signed")}
    if number == 4:
        project.branch("feature").commit({"src/a.py": "3\n"})
        project.git("update-ref", "refs/remotes/origin/main", "main")
    for command, lines in blocks()[number]:
        outcome = typed(project, command)
        if outcome is not None:
            assert_shows(outcome, lines)


def test_every_block_is_typed() -> None:
    assert len(blocks()) == 5


def test_no_task_takes_more_than_three_commands() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for task in TASK.split(page)[2::2]:
        for block in BLOCK.findall(task):
            assert block.count("\n$ ") + block.startswith("$ ") <= MOST_COMMANDS
