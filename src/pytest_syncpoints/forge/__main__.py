"""`python -m pytest_syncpoints.forge [TEAM...]`: what the forge says, as ``--reviews`` takes it."""

from __future__ import annotations

import json
import os
import sys

from pytest_syncpoints.door import guarded
from pytest_syncpoints.errors import CLEAR, UsageError
from pytest_syncpoints.forge import open_forge


def main() -> int:
    """Print the JSON and return the exit status; arguments are forge teams whose members are wanted."""
    return guarded(lambda: _print(tuple(sys.argv[1:])), program="pytest_syncpoints.forge")


def _print(teams: tuple[str, ...]) -> int:
    for team in teams:
        if not team.startswith("@") or "/" not in team:
            raise UsageError(f"{team!a} is no forge team", remedy="name it as owners files do: @acme/ops")
    with open_forge(os.environ) as forge:
        sys.stdout.write(json.dumps(forge.document(teams), ensure_ascii=True) + "\n")
    return CLEAR


if __name__ == "__main__":
    raise SystemExit(main())
