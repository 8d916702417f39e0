"""Every error a user can meet: what is wrong, where, and what to type next."""

from __future__ import annotations

CLEAR = 0
BLOCKED = 1
USAGE = 2
NOT_EVALUATED = 3


class SyncpointsError(Exception):
    """Something a person can mend; shown as one line (and a second with the remedy), never as a traceback.

    ``message`` says what is wrong, ``where`` is ``file:line:column`` or empty, ``remedy`` is what to type next.
    """

    exit_status = NOT_EVALUATED

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        """Keep the three parts apart, so that each door can lay them out in its own way."""
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        """Return ``where: message`` and, on a line of its own, the remedy."""
        line = f"{self.where}: {self.message}" if self.where else self.message
        return f"{line}\n  {self.remedy}" if self.remedy else line


class UsageError(SyncpointsError):
    """The words of the call are off: an unknown ref, an option that does not fit, a file that is not there."""

    exit_status = USAGE


class PolicyError(SyncpointsError):
    """The policy cannot be read or does not validate; ``faults`` holds every fault found, each one line."""

    exit_status = USAGE

    def __init__(self, faults: tuple[SyncpointsError, ...]) -> None:
        """Collect the faults of one policy, so that a person mends them in one go."""
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults

    def __str__(self) -> str:
        """Return each fault on its own line (a remedy on a second)."""
        return "\n".join(str(fault) for fault in self.faults)


class Refused(SyncpointsError):
    """The call is well formed and the answer is no: an author, a stranger, a sync point this change does not touch."""

    exit_status = BLOCKED


class CannotEvaluate(SyncpointsError):
    """The facts cannot be had: a shallow clone, a missing object or tool, an unmerged index, our own bug."""
