"""The hook `syncpoints-fix` (stage pre-commit): broken norms that name a replacement, mended in the worktree."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Mend what the staged change breaks; exit 1 where a file was rewritten, so that it is looked at and staged.

    What cannot be mended is left to the hook `syncpoints`, which names it. Arguments are not looked at.
    """
    from pytest_syncpoints.door import guarded

    del arguments
    return guarded(_fix, program="syncpoints-fix")


def _fix() -> int:
    from pytest_syncpoints.commands.fix import as_text, fix_norms
    from pytest_syncpoints.errors import BLOCKED, CLEAR
    from pytest_syncpoints.gather.ranges import RangeRequest
    from pytest_syncpoints.render.escape import visible
    from pytest_syncpoints.run import Request

    to_ref = os.environ.get("PRE_COMMIT_TO_REF")
    from_ref = os.environ.get("PRE_COMMIT_FROM_REF") or None
    asked = RangeRequest(from_ref=from_ref, to_ref=to_ref) if to_ref else RangeRequest(staged=True)
    fixed = fix_norms(Request(range=asked))
    text = "".join(visible(line) + "\n" for line in as_text(fixed).splitlines())
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode())
    return BLOCKED if any(one.replaced for one in fixed) else CLEAR


if __name__ == "__main__":
    raise SystemExit(main())
