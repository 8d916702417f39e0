"""The server hook `pre-receive`: refuses a push to a guarded branch while blocking findings stand."""

from __future__ import annotations

import os
import signal
import sys

from pytest_syncpoints.errors import (
    BLOCKED,
    CLEAR,
    NOT_EVALUATED,
    CannotEvaluate,
    Refused,
    SyncpointsError,
    UsageError,
)
from pytest_syncpoints.gather.git import Discovery, ask, error_line, resolve_quietly
from pytest_syncpoints.signed_note import NOTES_REF
from syncpoints_hooks.server.updates import default_branch, guarded, read_settings, read_updates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.report import Report
    from syncpoints_hooks.server.updates import Settings, Update

_HEADS, _TAGS = "refs/heads/", "refs/tags/"
_WIDTH = 92  # git puts "remote: " before each line


class _Stopped(BaseException):
    """The server ends the hook, or its client went; holds the exit status."""


class _TimeIsUp(BaseException):
    """The time the administrator gives one push has passed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the push that git describes on standard input and return the exit status: anything but 0 refuses it.

    Every guarded ref of the push is reviewed, each against what its own branch trusts now; one refusal refuses
    the push, as git's own rule is. Nothing is written but messages, which git shows to who pushes.
    ``install REPOSITORY`` puts the hook there instead.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    signal.signal(signal.SIGALRM, _time_is_up)
    signal.signal(signal.SIGTERM, _stopped)
    try:
        return _install(words) if words else _receive(sys.stdin.buffer.read())
    except SyncpointsError as error:
        _tell(f"syncpoints: {error}")
        return error.exit_status
    except (_Stopped, KeyboardInterrupt):
        return 143
    except Exception as error:  # noqa: BLE001  # our own bug: said as one, with what to report
        return _bug(error)


def _install(words: list[str]) -> int:
    from syncpoints_hooks.server.install import USAGE, install

    if words in (["--help"], ["-h"]):
        _tell(USAGE)
        return CLEAR
    if len(words) != 2 or words[0] != "install":
        raise UsageError(f"it does not know {' '.join(words)}", remedy=USAGE)
    _tell(install(words[1], sys.argv[0]))
    return CLEAR


def _time_is_up(_signal: int, _frame: object) -> None:
    raise _TimeIsUp


def _stopped(_signal: int, _frame: object) -> None:
    raise _Stopped


def _bug(error: Exception) -> int:
    from pytest_syncpoints.door import bug

    _tell(f"syncpoints: internal error: {bug(error)}")
    return NOT_EVALUATED


def _receive(said: bytes) -> int:
    updates = read_updates(said)
    repository = Discovery().repository()
    settings = read_settings(repository)
    notes = next((update.new for update in updates if update.ref == NOTES_REF), None)
    signal.alarm(settings.seconds)
    statuses = [_status(repository, update, settings, notes) for update in guarded(updates, settings)]
    signal.alarm(0)
    worst = max(statuses, default=CLEAR)
    if worst and not settings.refuses:
        _tell("syncpoints: accepted all the same: this server reports and does not refuse (syncpoints.mode)")
        return CLEAR
    return worst


def _status(repository: Repository, update: Update, settings: Settings, notes: str | None) -> int:
    """Return the exit status of one guarded ref, having said why; every failure to answer is a refusal of its own."""
    try:
        return _judge(repository, update, settings, notes)
    except _TimeIsUp:
        _tell(
            f"syncpoints: {update.name}: no answer within {settings.seconds} seconds\n"
            "  push fewer commits at once; the server's administrator can raise syncpoints.timeout"
        )
        return NOT_EVALUATED
    except SyncpointsError as error:
        _tell(f"syncpoints: {update.name}: {error}")
        return error.exit_status
    except Exception as error:  # noqa: BLE001  # our own bug, which must not open the branch
        return _bug(error)


def _judge(repository: Repository, update: Update, settings: Settings, notes: str | None) -> int:
    if update.new is None:
        raise Refused(
            "it is guarded, and no push can delete it", remedy="on the server: git update-ref -d " + update.ref
        )
    if _rewrites(repository, update) and not settings.rewrites:
        raise Refused(
            "it is guarded, and this push would take back what is on it",
            remedy="git pull --rebase, then push without --force; to undo a commit: git revert",
        )
    if not update.ref.startswith((_HEADS, _TAGS)):
        return CLEAR  # notes and their like land nothing: they are kept from being rewritten, which is all
    if resolve_quietly(repository, update.new) is None:
        raise Refused("it is guarded, and this push would have it name no commit", remedy="tag a commit")
    if update.ref.startswith(_HEADS):
        _policy_of(repository, update.new)
    base = update.old if update.ref.startswith(_HEADS) and update.old else _default_tip(repository)
    if base is None:
        _tell(
            f"syncpoints: {update.name}: the first branch here, accepted unread; its policy counts from the next push"
        )
        return CLEAR
    return _reviewed(update, base, settings, notes)


def _policy_of(repository: Repository, commit: str) -> None:
    """Raise PolicyError where the policy a push brings does not validate: no later push would pass."""
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.gather.trust import TrustRoots

    with Objects(repository) as objects:
        TrustRoots(objects, commit).policy()


def _rewrites(repository: Repository, update: Update) -> bool:
    """Say whether a ref would lose what it has: a branch by force, a tag by moving at all."""
    if update.old is None or update.new is None:
        return False
    if update.ref.startswith(_TAGS):
        return True
    result = ask(repository, "merge-base", "--is-ancestor", update.old, update.new)
    if result.status not in (0, 1):
        raise CannotEvaluate(f"its history cannot be read: {error_line(result)}", remedy="on the server: git fsck")
    return result.status == 1


def _default_tip(repository: Repository) -> str | None:
    """Return the commit of the default branch: what a new branch or tag is held against."""
    default = default_branch(repository)
    return resolve_quietly(repository, default) if default else None


def _reviewed(update: Update, base: str, settings: Settings, notes: str | None) -> int:
    from pytest_syncpoints.door import verdict_status
    from pytest_syncpoints.gather.ranges import RangeRequest
    from pytest_syncpoints.run import Request, run

    asked = RangeRequest(base=base, head=update.new)
    report = run(Request(range=asked, door="ci", require_policy=settings.require_policy, notes=notes))
    status = verdict_status(report)
    _show(update, report, status)
    return status


def _show(update: Update, report: Report, status: int) -> None:
    from pytest_syncpoints.render import terminal

    text = terminal.render(report, mode="hook", width=_WIDTH)
    if not text:
        return
    _tell(f"syncpoints: {update.name}:")
    _write(text)
    waiting = {finding.rule for finding in report.findings if finding.level == "block" and finding.exempted is None}
    if status == BLOCKED and waiting & {"SYN001", "SYN002"}:
        _tell(
            "       here: show it on a branch that is not guarded; who signs, signs there, and pushes the note:\n"
            f"       git push origin {NOTES_REF}; then push this again"
        )


def _tell(text: str) -> None:
    """Say something to who pushes; what a terminal cannot show, or would obey, is escaped."""
    from pytest_syncpoints.render.escape import visible

    _write("".join(f"{visible(line)}\n" for line in text.split("\n")))


def _write(text: str) -> None:
    """Write to stderr, at once and whole; a client that is gone changes no verdict."""
    data = text.encode("utf-8", "backslashreplace")
    try:
        while data:
            data = data[os.write(2, data) :]
    except OSError:
        return


if __name__ == "__main__":
    raise SystemExit(main())
