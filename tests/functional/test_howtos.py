"""What the how-tos show as typed is typed again, and says the same (the tutorial: test_tutorial.py)."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ACTUAL = ROOT / "tests" / "actual" / "docs"
# Not adopt.md: its output is that of a repository of 2,500 commits.
PAGES = [f"howto/{name}.md" for name in ("forks", "monorepo", "write-a-check", "write-a-format", "write-a-norm")]
# A block, and the comment above it that says where its text goes.
BLOCK = re.compile(r"(?:^<!-- write: (.+?) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*(?:\n> .*)*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def replayed(page: str, folder: Path) -> str:
    """Return the page with the output that its commands have now; where it says `…`, what fits is left as it is."""
    shell = Shell(folder)
    return BLOCK.sub(shell.block, (DOCS / page).read_text(encoding="utf-8"))


class Shell:
    """One folder and one working directory for all commands of a page."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder
        programs = folder.parent / f"{folder.name}-bin"
        programs.mkdir()
        syncpoints = programs / "syncpoints"
        syncpoints.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pytest_syncpoints "$@"\n')
        syncpoints.chmod(0o755)
        (programs / "gitconfig").write_text(
            "[user]\nname = Bob Example\nemail = bob@example.org\n[init]\ndefaultBranch = main\n"
        )
        paths = [str(ROOT / "src"), str(ROOT / "hooks"), os.environ.get("PYTHONPATH", "")]
        self.environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "GIT_CONFIG_GLOBAL": str(programs / "gitconfig"),
        }
        for role in ("AUTHOR", "COMMITTER"):
            for fact in ("NAME", "EMAIL", "DATE"):
                self.environment.pop(f"GIT_{role}_{fact}", None)
        for variable in ("COLUMNS", "PYTEST_CURRENT_TEST"):
            self.environment.pop(variable, None)

    def block(self, block: re.Match[str]) -> str:
        """Write the file that the block is, or type its commands."""
        name, language, text = block.groups()
        if name:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif language == "console":
            commands = COMMAND.sub(self.typed, text)
            return block[0].replace(text, commands)
        return block[0]

    def typed(self, command: re.Match[str]) -> str:
        words, shown = command.groups()
        said = self.run(words.replace("\n> ", "\n"))
        return command[0] if fits(said, shown) else f"$ {words}\n{said}"

    def run(self, command: str) -> str:
        """Run it as bash does, in the folder where the last one ended."""
        script = f'cd {shlex.quote(str(self.folder))}\n{command}\npwd >"$AT"\n'
        at = self.home.parent / f"{self.home.name}.at"
        done = subprocess.run(
            ["bash", "-c", script],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**self.environment, "AT": str(at)},
            text=True,
            timeout=120,
            check=False,
        )
        self.folder = Path(at.read_text(encoding="utf-8").strip())
        return re.sub(r"[ \t]+$", "", done.stdout.replace(str(self.home), "/home/you"), flags=re.MULTILINE)


def fits(said: str, shown: str) -> bool:
    """Say whether the output is the one shown: `…` stands for anything, one object id for another."""
    pattern = ".*?".join(re.escape(part) for part in anonymous(shown).split("…"))
    return re.fullmatch(pattern, anonymous(said), re.DOTALL) is not None


def anonymous(text: str) -> str:
    return re.sub(r"\b(?=[a-f0-9]*[0-9])[0-9a-f]{7,64}\b", "0000000", text).strip("\n")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_its_commands_say(page: str, tmp_path: Path) -> None:
    """Another text is written to tests/actual/docs; look at it, then copy it to docs."""
    folder = tmp_path / "you"
    folder.mkdir()
    now = replayed(page, folder)
    if now != (DOCS / page).read_text(encoding="utf-8"):
        actual = ACTUAL / page
        actual.parent.mkdir(parents=True, exist_ok=True)
        actual.write_text(now, encoding="utf-8")
        pytest.fail(f"docs/{page} shows another output; see {actual.relative_to(ROOT)}")


def test_an_output_that_differs_does_not_fit() -> None:
    assert fits("clear; base 1234abc\nmore\n", "clear; base 9999def\n…\n")
    assert not fits("blocked\n", "clear\n")
    assert not fits("clear\nand more\n", "clear\n")
