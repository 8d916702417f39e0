"""Updates: what a push asks for, one ref each, and which of them are guarded."""

from __future__ import annotations

import os

from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.gather.git import ask, is_object_id
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.record import Record
from pytest_syncpoints.signed_note import NOTES_REF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.gather.git import Repository

_HEADS = "refs/heads/"
_YES = ("true", "yes", "on", "1", "")
_NO = ("false", "no", "off", "0")
_KNOWN = ("guard", "mode", "program", "requirepolicy", "rewrites", "timeout")


class Update(Record):
    """One ref a push moves: ``old`` is ``None`` where it is new, ``new`` where it goes."""

    old: str | None
    new: str | None
    ref: str

    @property
    def name(self) -> str:
        """Return the ref as people say it: a branch by its name alone."""
        return self.ref.removeprefix(_HEADS)


class Settings(Record):
    """What the server's administrator set with ``git config syncpoints.*``: no push can alter it.

    ``guard`` holds whole ref names, or patterns of them. ``refuses`` is false where findings are only said
    (``mode = report``). ``rewrites`` says that a guarded branch may be force-pushed, once reviewed.
    ``seconds`` is how long one push may take.
    """

    guard: tuple[str, ...]
    refuses: bool = True
    rewrites: bool = False
    require_policy: bool = False
    seconds: int = 60


def read_updates(said: bytes) -> tuple[Update, ...]:
    """Read what git hands to a pre-receive hook: ``old new ref`` a line (githooks(5)); raises CannotEvaluate."""
    return tuple(_update(os.fsdecode(line)) for line in said.split(b"\n") if line)


def _update(line: str) -> Update:
    old, _, rest = line.partition(" ")
    new, _, ref = rest.partition(" ")
    if not (is_object_id(old) and is_object_id(new) and ref.startswith("refs/")):
        raise CannotEvaluate(
            "this is not what git tells a pre-receive hook", remedy="install it as hooks/pre-receive: docs/server.md"
        )
    return Update(_present(old), _present(new), ref)


def _present(oid: str) -> str | None:
    return oid if set(oid) != {"0"} else None


def read_settings(repository: Repository) -> Settings:
    """Return what the administrator set; raises UsageError for a key or value nobody knows: a typo opens no gate."""
    values: dict[str, list[str]] = {}
    output = os.fsdecode(ask(repository, "config", "-z", "--get-regexp", r"^syncpoints\.").stdout)
    for entry in output.split("\0")[:-1]:
        key, _, value = entry.partition("\n")
        values.setdefault(key.removeprefix("syncpoints."), []).append(value)
    unknown = [key for key in values if key not in _KNOWN]
    if unknown:
        raise _unknown(f"syncpoints.{unknown[0]}", _KNOWN)
    return Settings(
        guard=tuple(_whole(value) for value in values.get("guard", ())) or _usual(repository),
        refuses=_one_of(values, "mode", ("refuse", "report")) == "refuse",
        rewrites=_one_of(values, "rewrites", ("refuse", "review")) == "review",
        require_policy=_yes(values.get("requirepolicy", ["false"])[-1]),
        seconds=_seconds(values.get("timeout", ["60"])[-1]),
    )


def _whole(name: str) -> str:
    return name if name.startswith("refs/") else _HEADS + name


def _usual(repository: Repository) -> tuple[str, ...]:
    """Return what is guarded where nothing is set: the default branch, and the record of signed notes."""
    default = default_branch(repository)
    if not default:
        raise UsageError(
            "this server's repository has no default branch, so nothing says what is guarded",
            remedy="its administrator: git symbolic-ref HEAD refs/heads/main, or git config syncpoints.guard main",
        )
    return default, NOTES_REF


def default_branch(repository: Repository) -> str:
    """Return the ref HEAD stands for, born or not; empty where HEAD is a commit."""
    return os.fsdecode(ask(repository, "symbolic-ref", "--quiet", "HEAD").stdout).rstrip("\n")


def _one_of(values: dict[str, list[str]], key: str, known: tuple[str, ...]) -> str:
    value = values.get(key, [known[0]])[-1]
    if value not in known:
        raise _unknown(f"syncpoints.{key} = {value}", known)
    return value


def _yes(value: str) -> bool:
    if value.lower() not in _YES + _NO:
        raise _unknown(f"syncpoints.requirePolicy = {value}", ("true", "false"))
    return value.lower() in _YES


def _seconds(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= 3600):
        raise _unknown(f"syncpoints.timeout = {value}", ("1 to 3600 seconds",))
    return int(value)


def _unknown(what: str, known: tuple[str, ...]) -> UsageError:
    return UsageError(
        f"this server's configuration says {what}, which means nothing",
        remedy=f"its administrator knows: {', '.join(known)}",
    )


def guarded(updates: tuple[Update, ...], settings: Settings) -> tuple[Update, ...]:
    """Return the updates of guarded refs, in the order they were pushed."""
    patterns = PathPatterns(f"/{name}" for name in settings.guard)
    return tuple(update for update in updates if patterns.match(update.ref))
