"""Recompute drift with plain git commands, and hold it against what `syncpoints drift` says.

    python benchmarks/drift/by_hand.py REPOSITORY NAME=PATH[,PATH...]... -- EMAIL...

Every EMAIL is a team of one, every NAME a component they all meet over: folders (with a slash at the end) and files,
with the names they had before, if any. By hand means: walk `git log --first-parent` of the component's paths from the
newest step; at each, look for the team among the authors of the ordinary commits it brought to these paths and in the
trailers of those and of its own message; stop at the first hit. Changes are the steps passed, lines what `git log
--numstat -M` says of their commits, days from the last hit to the newest commit of HEAD.
Nothing of syncpoints is used for that. Exits with 1 where anything differs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TRAILER = re.compile(
    r"^\s*(?:reviewed|acked|approved|signed-off|co-authored|co-developed|helped)-by\s*:.*?<([^>]+)>",
    re.IGNORECASE | re.MULTILINE,
)
DAY = 86_400
Row = tuple[int, int, float]


class Git:
    """Plain git commands in one repository."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._mailmap: dict[str, str] = {}

    def __call__(self, *words: str) -> str:
        done = subprocess.run(["git", "-C", self._folder, *words], check=True, capture_output=True)
        return done.stdout.decode("utf-8", "replace")

    def mail(self, email: str) -> str:
        """Return what .mailmap makes of an e-mail."""
        if email not in self._mailmap:
            self._mailmap[email] = self("check-mailmap", f"<{email}>").strip().rpartition("<")[2].rstrip(">").lower()
        return self._mailmap[email]


def by_hand(git: Git, paths: list[str], member: str, now: int) -> Row:
    """Return changes, lines and days since somebody last took part below the paths; ratio is left to the reader."""
    changes = lines = 0
    at = now
    for step in git("log", "--first-parent", "--format=%H %ct", "HEAD", "--", *paths).splitlines():
        sha, when = step.split()
        commits = own_commits(git, sha, paths)
        if member in people(git, sha, commits):
            return changes, lines, round((now - int(when)) / DAY, 1)
        changes, at = changes + 1, int(when)
        lines += sum(changed_lines(git, commit, paths) for commit in commits)
    return changes, lines, round((now - at) / DAY, 1)


def own_commits(git: Git, step: str, paths: list[str]) -> list[str]:
    """Return the ordinary commits that a step brought to the paths; a merge that brought none stands for itself."""
    parents = git("log", "-1", "--format=%P", step).split()
    if len(parents) < 2:
        return [step]
    brought = ("--no-merges", "--full-history", "--format=%H", f"{parents[0]}..{step}", "--", *paths)
    return git("log", *brought).split() or [step]


def people(git: Git, step: str, commits: list[str]) -> set[str]:
    """Return the e-mails of who wrote, reviewed or signed them, or is named in the step's own message."""
    ordinary = [commit for commit in commits if len(git("log", "-1", "--format=%P", commit).split()) < 2]
    found = {git.mail(git("log", "-1", "--format=%ae", commit).strip()) for commit in ordinary or commits}
    for commit in {*commits, step}:
        found |= {git.mail(email) for email in TRAILER.findall(git("log", "-1", "--format=%B", commit))}
    return found


def changed_lines(git: Git, commit: str, paths: list[str]) -> int:
    """Return the lines that an ordinary commit added and took below the paths."""
    if len(git("log", "-1", "--format=%P", commit).split()) > 1:
        return 0
    total = 0
    fields = git("log", "-1", "--numstat", "-z", "-M", "--format=", commit).strip("\n").split("\0")
    while len(fields) > 1:
        added, taken, path = fields.pop(0).split("\t")
        if not path:  # a rename: its old and its new name follow
            fields.pop(0)
            path = fields.pop(0)
        if added != "-" and path.startswith(tuple(paths)):
            total += int(added) + int(taken)
    return total


def main() -> int:
    """Print a row per component and team: by hand, and by syncpoints."""
    source, *rest = sys.argv[1:]
    cut = rest.index("--")
    parts = {name: paths.split(",") for name, _, paths in (text.partition("=") for text in rest[:cut])}
    members = rest[cut + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", source, folder], check=True)
        git = Git(folder)
        now = int(git("log", "-1", "--format=%ct", "HEAD"))
        hand = {(n, who): by_hand(git, paths, who, now) for n, paths in parts.items() for who in members}
        tool = by_syncpoints(git, folder, parts, members, now)
    print(f"{'component':<12}{'team':<32}{'by hand':>24}{'syncpoints':>24}")
    for (name, who), row in hand.items():
        said = tool[name, who]
        print(f"{name:<12}{who:<32}{row!s:>24}{said!s:>24}  {'' if row == said else 'differs'}")
    return int(hand != tool)


def by_syncpoints(
    git: Git, folder: str, parts: dict[str, list[str]], members: list[str], now: int
) -> dict[tuple[str, str], Row]:
    """Return the same from `syncpoints drift`, under a policy committed on top for the purpose."""
    from pytest_syncpoints.commands.drift import drifted

    teams = "".join(f'[teams.t{at}]\nmembers = ["{who}"]\n' for at, who in enumerate(members))
    anchored = {name: [f"/{path}" for path in paths] for name, paths in parts.items()}
    components = "".join(f"[components.{name}]\npaths = {paths}\n" for name, paths in anchored.items()).replace(
        "'", '"'
    )
    meets = ", ".join(f'{{ team = "t{at}", purpose = "awareness" }}' for at in range(len(members)))
    policy = f"{teams}{components}[syncpoints.all]\ncomponents = {list(parts)}\nparticipants = [{meets}]\n".replace(
        "'", '"'
    )
    (Path(folder) / "syncpoints.toml").write_text(policy)
    git("read-tree", "HEAD")
    git("add", "syncpoints.toml")
    git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "Policy")
    here = os.getcwd()
    os.chdir(folder)
    try:
        rows = drifted(None, now).facts.standings
    finally:
        os.chdir(here)
    return {
        (row.component, members[int(row.team[1:])]): (row.drift.changes, row.drift.lines, row.drift.days)
        for row in rows
    }


if __name__ == "__main__":
    sys.exit(main())
