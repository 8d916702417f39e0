"""Project: a real git repository for a test, written and committed in one line, and the product run in it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_syncpoints.cli import main

Content = str | bytes | None

CONFIG = """\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
[maintenance]
\tauto = false
[gc]
\tauto = 0
"""


@dataclass(frozen=True)
class Outcome:
    """How a run ended; its repr shows everything, so that a failed assertion explains itself."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str

    def __repr__(self) -> str:
        return f"$ {' '.join(self.words)}\nexit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"

    @property
    def json(self) -> Any:
        """Return stdout as JSON."""
        return json.loads(self.out)


class Project:
    """A repository on branch main, by Alice Example, without configuration of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lay_out(path / ".git")

    @classmethod
    def at(cls, path: Path) -> Project:
        """Return the repository that is at a path already."""
        found = cls.__new__(cls)
        found.path = path
        return found

    def git(self, *words: str, stdin: bytes = b"", **environment: str) -> str:
        """Run git here; raises where it fails."""
        done = subprocess.run(
            ["git", *words],
            cwd=self.path,
            input=stdin,
            capture_output=True,
            env={**os.environ, **environment},
            check=False,
        )
        assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr.decode(errors='replace')}"
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, files: dict[str, Content] | None = None, **named: Content) -> Project:
        """Write files (``None`` deletes); returns the project."""
        for name, content in {**(files or {}), **named}.items():
            target = self.path / os.fsdecode(name)
            if content is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def stage(self, files: dict[str, Content] | None = None) -> Project:
        """Write files and stage everything."""
        self.write(files)
        self.git("add", "-A")
        return self

    def commit(self, files: dict[str, Content] | None = None, message: str = "A change", **environment: str) -> str:
        """Write files, commit everything (an empty commit too) and return its id."""
        self.stage(files)
        self.git("commit", "-q", "--allow-empty", "--no-verify", "-F", "-", stdin=message.encode(), **environment)
        return self.head()

    def head(self) -> str:
        """Return the commit that is checked out; read without a process where git keeps it in plain files."""
        head = self.path / ".git" / "HEAD"
        named = head.read_text(encoding="utf-8").strip() if head.is_file() else ""
        branch = self.path / ".git" / named.removeprefix("ref: ")
        if named.startswith("ref: ") and branch.is_file():
            return branch.read_text(encoding="utf-8").strip()
        return self.git("rev-parse", "HEAD")

    def commit_as(self, who: str, files: dict[str, Content] | None = None, message: str = "A change") -> str:
        """Commit as ``name@host``."""
        name = who.partition("@")[0].title()
        return self.commit(files, message, GIT_AUTHOR_NAME=name, GIT_AUTHOR_EMAIL=who)

    def branch(self, name: str, at: str = "HEAD") -> Project:
        """Start a branch and switch to it."""
        self.git("switch", "-q", "-c", name, at)
        return self

    def run(self, *words: str) -> Outcome:
        """Run ``syncpoints`` with these words in this process."""
        return captured(lambda: main(list(words)), ("syncpoints", *words))

    def check(self, *words: str) -> Any:
        """Return the JSON report of ``syncpoints check`` with these words; raises where there is none."""
        outcome = self.run("check", *words, "--format", "json")
        assert outcome.code in (0, 1), outcome
        return outcome.json

    def spawn(self, *words: str, stdin: str = "", **environment: str) -> Outcome:
        """Run a Python module in a process of its own, here: ``spawn("pytest_syncpoints.cli", "check")``."""
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.path,
            input=stdin,
            capture_output=True,
            env={**os.environ, **environment},
            text=True,
            check=False,
        )
        return Outcome(words, done.returncode, done.stdout, done.stderr)

    def hook(self, name: str, *words: str, **environment: str) -> Outcome:
        """Run one of our hooks in a process of its own, as pre-commit would."""
        return self.spawn(f"syncpoints_hooks.{name}", *words, **environment)


def lay_out(git_dir: Path) -> None:
    """Write what ``git init -b main`` writes (gitrepository-layout(5)): a process less for each of a thousand tests.

    Housekeeping after each commit, a process too, is switched off: a test is over long before there is any to do.
    """
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (git_dir / folder).mkdir(parents=True)
    (git_dir / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    (git_dir / "config").write_text(CONFIG, encoding="utf-8")


def captured(action: Any, words: tuple[str, ...]) -> Outcome:
    """Run an action and return its status with everything it wrote."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    with redirect_stdout(out), redirect_stderr(err):
        code = action()
    out.flush()
    err.flush()
    texts = [stream.buffer.getvalue().decode("utf-8", "surrogateescape") for stream in (out, err)]
    return Outcome(words, code, *texts)
