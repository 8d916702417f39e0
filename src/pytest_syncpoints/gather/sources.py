"""Sources: sign-offs and the facts that decide them, each read only where it can matter."""

from __future__ import annotations

from pytest_syncpoints.claims import commits_to_compare, digests_in_use

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.gather.trust import TrustRoots
    from pytest_syncpoints.signoff import Landing, ReviewedChange, SignOff


class Sources:
    """Where sign-offs come from besides trailers: asked for one change at a time, reading no more than it needs."""

    def __init__(self, repository: Repository, objects: Objects, trust: TrustRoots, notes: str | None = None) -> None:
        """Take the repository, its open reader, the trusted tree, and a commit of signed notes that is no ref's yet."""
        self._notes = notes
        self._repository = repository
        self._objects = objects
        self._trust = trust

    def signatures(self, context: ReviewContext) -> tuple[SignOff, ...]:
        """Return what signed notes and signed commits say of the touched sync points; nothing without ``[signers]``."""
        signers = context.policy.signers
        if context.change.head is None or not (signers.file or signers.fingerprints):
            return ()
        from pytest_syncpoints.gather.signatures import Signatures

        return Signatures(self._repository, self._objects, self._trust, self._notes).about(context)

    def reviewed(self, context: ReviewContext) -> dict[str, ReviewedChange]:
        """Return the change as it stood at commits that were reviewed, or whose sign-off lapsed."""
        commits = commits_to_compare(context)
        if not commits or context.change.base is None:
            return {}
        from pytest_syncpoints.gather.reviewed import read_reviewed

        return read_reviewed(self._repository, self._objects, context, commits)

    def landings(self, context: ReviewContext) -> dict[str, Landing]:
        """Return where digests that trailers or notes vouch for came into the target's history already."""
        used = digests_in_use(context)
        if not used or context.change.base is None:
            return {}
        from pytest_syncpoints.gather.landings import read_landings

        return read_landings(self._repository, self._objects, context, used)
