"""Replay the ledger story: build its repository in a given folder, the same commits everywhere.

Run it with ``python examples/ledger/replay.py FOLDER``. It needs GitPython, and nothing else beyond Python.
"""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import git

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent


def replay(folder: Path) -> dict[str, str]:
    """Build the story's repository in ``folder``, which must be absent or empty; return the commit of each tag."""
    if folder.exists() and any(folder.iterdir()):
        raise SystemExit(f"{folder} is not empty")
    story = tomllib.loads((HERE / "story.toml").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    with git.Repo.init(folder, initial_branch="main", object_format="sha1") as repository:
        commits = {step["tag"]: _commit(repository, step, story) for step in story["steps"]}
        repository.git.checkout("-q", "main")
    return commits


def _commit(repository: git.Repo, step: dict[str, Any], story: dict[str, Any]) -> str:
    _switch(repository, step)
    folder = HERE / "steps" / step["files"] if "files" in step else None
    for source, path in _files(folder):
        target = Path(repository.working_dir) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o644)
        repository.index.add([path])
    name, _, address = story["people"][step["author"]].rstrip(">").partition(" <")
    person = git.Actor(name, address)
    commit = repository.index.commit(
        _message(step["message"], story["digests"]),
        author=person,
        committer=person,
        author_date=step["date"],
        commit_date=step["date"],
        skip_hooks=True,  # those of whoever replays it are not part of the story
    )
    repository.create_tag(step["tag"], ref=commit)
    return commit.hexsha


def _switch(repository: git.Repo, step: dict[str, Any]) -> None:
    if "from" in step:
        repository.git.checkout("-q", "-b", step["branch"], step["from"])
    elif repository.head.is_valid():
        repository.git.checkout("-q", step["branch"])


def _files(folder: Path | None) -> Iterator[tuple[Path, str]]:
    if folder is not None:
        for source in sorted(folder.rglob("*")):
            if source.is_file() and "__pycache__" not in source.parts:
                yield source, source.relative_to(folder).as_posix()


def _message(text: str, digests: dict[str, str]) -> str:
    for syncpoint, digest in digests.items():
        text = text.replace(f"{{{syncpoint}}}", digest)
    return text.strip() + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python replay.py FOLDER")
    for tag, commit in replay(Path(sys.argv[1])).items():
        print(f"{commit[:12]}  {tag}")
