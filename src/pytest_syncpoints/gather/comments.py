"""Comments in a commit message being written: which character starts them, and whether git takes them out again."""

from __future__ import annotations

import os

from pytest_syncpoints.gather.git import ask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.gather.git import Repository

_KEEPING = ("verbatim", "whitespace", "scissors")  # git-commit(1), --cleanup: these leave comments in the message
_PATTERN = r"^(core\.comment(char|string)|commit\.cleanup)$"


def add_comments(repository: Repository, message: str, lines: list[str]) -> str:
    """Return the message with the lines as comments above git's own; unchanged where git would keep them in it."""
    settings = _settings(repository)
    if settings.get("commit.cleanup", "default") in _KEEPING:
        return message
    mark = settings.get("core.commentstring") or settings.get("core.commentchar") or "#"
    if mark == "auto":  # git has chosen a character that no line of the message starts with: read it off
        written = [line for line in message.split("\n") if line.strip()]
        mark = written[-1][0] if written and not written[-1][0].isalnum() else "#"
    block = "".join(f"{mark} {line}\n" for line in lines) + f"{mark}\n"
    at = _first_comment(message, mark)
    before = message[:at]
    return f"{before}{'' if before.endswith(chr(10)) or not before else chr(10)}{block}{message[at:]}"


def _first_comment(message: str, mark: str) -> int:
    if message.startswith(mark):
        return 0
    found = message.find(f"\n{mark}")
    return len(message) if found < 0 else found + 1


def _settings(repository: Repository) -> dict[str, str]:
    output = os.fsdecode(ask(repository, "config", "--null", "--get-regexp", _PATTERN).stdout)
    pairs = (entry.partition("\n") for entry in output.split("\0") if entry)
    return {key.lower(): value for key, _, value in pairs}
