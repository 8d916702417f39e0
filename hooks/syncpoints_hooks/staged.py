"""The hook `syncpoints` (stage pre-commit): reviews what is about to be committed; silent when clear."""

from __future__ import annotations

import gc
import os
import sys

from pytest_syncpoints.gather.git import Discovery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Review the staged change (or what ``pre-commit run --from-ref A --to-ref B`` names) and return the exit status.

    Called without arguments it is the whole program and ends the process itself. Arguments are not looked at:
    pre-commit may hand over file names in slices, and a change is reviewed whole.
    """
    if arguments is not None:
        return _guarded_review()
    gc.disable()  # the process ends before anything it made is worth looking for
    from pytest_syncpoints.door import leave

    return leave(_guarded_review())


def _guarded_review() -> int:
    from pytest_syncpoints.door import guarded

    return guarded(_review)


def _review() -> int:
    discovery = Discovery()  # git is at work while the rest is imported
    from pytest_syncpoints.door import verdict_status
    from pytest_syncpoints.gather.ranges import RangeRequest
    from pytest_syncpoints.render import terminal
    from pytest_syncpoints.run import Request, run

    to_ref = os.environ.get("PRE_COMMIT_TO_REF")
    if to_ref:
        asked = RangeRequest(from_ref=os.environ.get("PRE_COMMIT_FROM_REF") or None, to_ref=to_ref)
    else:
        asked = RangeRequest(staged=True)
    report = run(Request(range=asked), discovery)
    sys.stdout.write(terminal.render(report, mode="hook"))
    return verdict_status(report)


if __name__ == "__main__":
    raise SystemExit(main())
