"""Install: the hook's script put into a repository on the server, where git runs it at every push."""

from __future__ import annotations

import os

from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.gather.git import Discovery, answer
from pytest_syncpoints.output import write_new
from pytest_syncpoints.shipped import folder

USAGE = "syncpoints-pre-receive install REPOSITORY  (git itself calls it without words: docs/server.md)"


def install(directory: str, called: str) -> str:
    """Write ``hooks/pre-receive`` of a repository, tell git which program it calls, and return what was done.

    ``called`` is how this very program was started.

    Nothing is overwritten: raises UsageError where the repository has such a hook already.
    """
    if not os.path.isdir(directory):
        raise UsageError(f"{directory} is no folder", remedy=USAGE)
    program = _own_program(called)
    place = {**os.environ, "GIT_DIR": _git_dir(directory)}
    repository = Discovery(directory, place).repository()
    path = os.path.join(repository.common_dir, "hooks", "pre-receive")
    with open(os.path.join(folder("server_hook"), "pre-receive"), "rb") as script:
        content = script.read()
    if not write_new(path, content):
        raise UsageError(
            f"{path} is there already", remedy="have it run syncpoints-pre-receive with the same input: docs/server.md"
        )
    os.chmod(path, 0o755)  # noqa: S103  # whoever may push runs it
    answer(repository, "config", "syncpoints.program", program)
    return f"{path} guards what syncpoints.guard names, else the default branch; it calls {program}"


def _git_dir(directory: str) -> str:
    inside = os.path.join(directory, ".git")
    return os.path.abspath(inside if os.path.isdir(inside) else directory)


def _own_program(called: str) -> str:
    """Return the absolute path of the program that runs; raises CannotEvaluate where it was not started by a path."""
    if os.path.basename(called) == "syncpoints-pre-receive" and os.access(called, os.X_OK):
        return os.path.abspath(called)
    raise CannotEvaluate("the installed program is needed here, not its module", remedy="pip install pytest-syncpoints")
