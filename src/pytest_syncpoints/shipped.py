"""Shipped: files of the project that an installation carries beside its modules, and a checkout keeps elsewhere."""

from __future__ import annotations

import os

from pytest_syncpoints.errors import CannotEvaluate

_HERE = os.path.dirname(os.path.abspath(__file__))
_TOP = os.path.join(_HERE, "..", "..")
# What an installed wheel calls a folder, and where a checkout, editable or not, keeps the same one.
FOLDERS: dict[str, str] = {
    "ci_files": "examples/ci",
    "ledger_story": "examples/ledger",
    "server_hook": "hooks/server",
}


def folder(name: str) -> str:
    """Return where a shipped folder is; raises CannotEvaluate where the installation lacks it."""
    for path in (os.path.join(_HERE, name), os.path.join(_TOP, *FOLDERS[name].split("/"))):
        if os.path.isdir(path):
            return os.path.abspath(path)
    raise CannotEvaluate(
        f"{FOLDERS[name]} is missing from this installation",
        remedy="python -m pip install --force-reinstall pytest-syncpoints",
    )


def ci_file(name: str) -> str:
    """Return a CI file to copy, by its name in ``examples/ci``."""
    with open(os.path.join(folder("ci_files"), name), encoding="utf-8") as file:
        return file.read()
