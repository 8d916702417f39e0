"""What the server's hook adds to a push: processor time of pushes of one small commit each, with and without it.

    python benchmarks/server/bench_push.py REPOSITORY [PUSHES]

REPOSITORY is any clone, bare or not; it is only read. The hook is the one beside this file, run by this interpreter.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
IDENTITY = {
    "GIT_AUTHOR_NAME": "Carol Example",
    "GIT_AUTHOR_EMAIL": "carol@example.org",
    "GIT_COMMITTER_NAME": "Carol Example",
    "GIT_COMMITTER_EMAIL": "carol@example.org",
}


def git(folder: Path, *words: str, **environment: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=folder, env={**os.environ, **IDENTITY, **environment}, capture_output=True, check=False
    )
    if done.returncode:
        sys.exit(f"git {' '.join(words)}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode().strip()


def served(folder: Path, repository: str, *, hook: bool) -> Path:
    """Return a bare clone, with the hook if asked."""
    server = folder / f"server-{hook}.git"
    git(folder, "clone", "-q", "--bare", "--shared", repository, str(server))
    if hook:
        program = folder / "syncpoints-pre-receive"
        program.write_text(f"#!/bin/sh\nexec {sys.executable} -m syncpoints_hooks.server.pre_receive\n")
        program.chmod(0o755)
        shutil.copy(ROOT / "hooks" / "server" / "pre-receive", server / "hooks" / "pre-receive")
        git(server, "config", "syncpoints.program", str(program))
        git(server, "config", "syncpoints.mode", "report")
    return server


def milliseconds(server: Path, folder: Path, pushes: int) -> list[float]:
    """Return the processor time, of this machine's both ends, of each push of one commit."""
    clone = folder / f"clone-{server.stem}"
    git(folder, "clone", "-q", "--shared", "--no-checkout", str(server), str(clone))
    branch, path = git(clone, "branch", "--show-current"), f"{os.environ.get('PYTHONPATH', '')}:{ROOT}/src:{ROOT}/hooks"
    tree, tip, found = git(clone, "rev-parse", "HEAD^{tree}"), git(clone, "rev-parse", "HEAD"), []
    for number in range(pushes):
        blob = subprocess.run(
            ["git", "hash-object", "-w", "--stdin"],
            cwd=clone,
            input=b"x = %d\n" % number,
            capture_output=True,
            check=True,
        )
        git(clone, "read-tree", tree)
        git(clone, "update-index", "--add", "--cacheinfo", f"100644,{blob.stdout.decode().strip()},pushed.py")
        tip = git(clone, "commit-tree", git(clone, "write-tree"), "-p", tip, "-m", "Push")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        git(clone, "push", "-q", "origin", f"{tip}:refs/heads/{branch}", PYTHONPATH=path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    return sorted(found)


def main() -> None:
    repository, pushes = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 15
    with tempfile.TemporaryDirectory() as name:
        for hook in (False, True):
            found = milliseconds(served(Path(name), repository, hook=hook), Path(name), pushes)
            print(
                f"{'with' if hook else 'without'} the hook: "
                f"{found[len(found) // 2]:.0f} ms ({found[0]:.0f} to {found[-1]:.0f})"
            )


if __name__ == "__main__":
    main()
