"""Manual: the page for `man syncpoints`, written from what `--help` of every command says."""

from __future__ import annotations

from inspect import cleandoc

from pytest_syncpoints.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

_EXIT = (
    ("0", "clear"),
    ("1", "blocked, or refused"),
    ("2", "usage, policy or configuration"),
    ("3", "could not evaluate: with the command that mends it"),
    ("130, 143", "interrupted or terminated"),
)
_ENVIRONMENT = (
    ("CI", "where it is set, checks use the levels of CI"),
    ("NO_COLOR, FORCE_COLOR", "no colour, colour even in a pipe"),
    ("SOURCE_DATE_EPOCH", "the time a report bears, so that it can be made again byte for byte"),
    ("GITHUB_TOKEN, GITLAB_TOKEN", "for publish and verify, the only commands that ask a host"),
)
_FILES = (
    ("syncpoints.toml", "the policy; or [tool.syncpoints] in pyproject.toml"),
    (".git/syncpoints/", "the index of the history, and what calibrate wrote"),
)


def manual_page(context: Any, groups: Iterable[tuple[str, Iterable[str]]], examples: str) -> str:
    """Return the page as roff for man(7). ``context`` is click's, of the group; ``groups`` order its commands."""
    return "".join(f"{line}\n" for line in _page(context, groups, examples))


def _page(context: Any, groups: Iterable[tuple[str, Iterable[str]]], examples: str) -> Iterator[str]:
    command = context.command
    yield f'.TH SYNCPOINTS 1 "" "pytest\\-syncpoints {VERSION}" "User Commands"'
    yield ".SH NAME"
    yield _roff(f"syncpoints - {command.help.rstrip('.')[:1].lower()}{command.help.rstrip('.')[1:]}")
    yield ".SH SYNOPSIS"
    yield ".B syncpoints"
    yield "COMMAND [OPTIONS] [ARGUMENTS]"
    yield ".SH EXAMPLES"
    yield from _literally(examples)
    for title, names in groups:
        yield f".SH {_roff(title.upper())}"
        for name in names:
            yield from _command(type(context)(command.commands[name], info_name=name, parent=context))
    for title, rows in (("EXIT STATUS", _EXIT), ("ENVIRONMENT", _ENVIRONMENT), ("FILES", _FILES)):
        yield f".SH {title}"
        yield from _listed(rows)


def _command(context: Any) -> Iterator[str]:
    command = context.command
    usage = " ".join(command.collect_usage_pieces(context))
    yield f".SS {_roff(f'syncpoints {context.info_name} {usage}')}"
    for paragraph in cleandoc(command.help).split("\n\n"):
        lines = paragraph.strip().split("\n")
        if lines[0] == "\b":
            yield from _literally("\n".join(f"  {line}" for line in lines[1:]))
        else:
            yield ".PP"
            yield from map(_roff, lines)
    yield from _listed(filter(None, (option.get_help_record(context) for option in command.params)))


def _literally(text: str) -> Iterator[str]:
    yield ".PP"
    yield ".nf"
    yield from (_roff(line) for line in text.rstrip("\n").split("\n"))
    yield ".fi"


def _listed(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, text in rows:
        yield ".TP"
        yield f"\\fB{_roff(term)}\\fR"
        yield _roff(text)


def _roff(text: str) -> str:
    """Return a line as roff, in ASCII: a backslash, a hyphen and a leading dot or quote mean themselves."""
    line = text.replace("\\", "\\e").replace("-", "\\-")
    line = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in line)
    return f"\\&{line}" if line[:1] in (".", "'") else line
