"""The hook `syncpoints-push` (stages pre-push and manual): reviews the branch against its base."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Review what is pushed against the detected base and return the exit status.

    Only ``PRE_COMMIT_TO_REF`` is used: the other side a push names is what the remote has of this very branch,
    not where the branch is meant to land.
    """
    from pytest_syncpoints.door import guarded

    del arguments
    return guarded(_review)


def _review() -> int:
    from pytest_syncpoints.door import verdict_status
    from pytest_syncpoints.gather.ranges import RangeRequest
    from pytest_syncpoints.render import terminal
    from pytest_syncpoints.run import Request, run

    pushed = os.environ.get("PRE_COMMIT_TO_REF") or "HEAD"
    report = run(Request(range=RangeRequest(to_ref=pushed)))
    sys.stdout.write(terminal.render(report, mode="hook"))
    return verdict_status(report)


if __name__ == "__main__":
    raise SystemExit(main())
