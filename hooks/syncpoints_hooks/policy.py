"""The hook `syncpoints-policy` (stage pre-commit): the policy and the owners files are well formed."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Lint the policy and owners files as they are staged and return the exit status."""
    from pytest_syncpoints.door import guarded

    del arguments  # which of these files changed does not matter: they are judged together
    return guarded(_lint)


def _lint() -> int:
    from pytest_syncpoints.commands.lint import as_text, lint

    linted = lint(staged=True)
    if linted.status:  # pre-commit shows what a failing hook says; notes alone are for `syncpoints lint`
        sys.stdout.write(as_text(linted).encode("utf-8", "backslashreplace").decode())
    return linted.status


if __name__ == "__main__":
    raise SystemExit(main())
