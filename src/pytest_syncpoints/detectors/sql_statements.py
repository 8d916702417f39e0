"""SQL text cut into statements: comments and quoted text apart, with the line each begins at."""

from __future__ import annotations

import re

from pytest_syncpoints.record import Record
from pytest_syncpoints.subject import Unparsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARACTERS = 1 << 20
_TOKEN = re.compile(
    r"""(?P<space>\s+) | (?P<line>--[^\n]*|\#[^\n]*) | (?P<block>/\*) | (?P<dollar>\$[A-Za-z_]*\$)
    | (?P<quote>['"`\[]) | (?P<word>[\w.$]+) | (?P<end>;) | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_CLOSING = {"'": "'", '"': '"', "`": "`", "[": "]"}
_ROUTINES = frozenset(("PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"))
# What the tools write above the two halves of one file: dbmate, goose, sql-migrate, shmig, node-pg-migrate.
_HALF = re.compile(r"^\s*--\s*(?:migrate:|\+goose\s+|\+migrate\s+|=+\s*)?(up|down)\b(?:\s+migration)?", re.IGNORECASE)


class Statement(Record):
    """One statement: its text without comments, its words in capitals (quoted text left out), its line, its bodies."""

    text: str
    words: tuple[str, ...]
    names: tuple[str, ...]
    line: int
    bodies: tuple[tuple[int, str], ...] = ()


def halves(text: str) -> tuple[str, str | None]:
    """Return the forward half and the backward one, each with its lines in place; ``None`` where none is marked."""
    up: list[str] = []
    down: list[str] = []
    at, seen = up, False
    for line in text.split("\n"):
        marked = _HALF.match(line)
        if marked and (line.strip().startswith(("-- +", "-- migrate:", "--+")) or line.strip().lower() in _BARE):
            seen = True
            at = up if marked[1].lower() == "up" else down
        up.append(line if at is up else "")
        down.append(line if at is down else "")
    return "\n".join(up), "\n".join(down) if seen else None


_BARE = ("-- up migration", "-- down migration", "-- up", "-- down", "--up", "--down")


def statements(text: str) -> Iterator[Statement]:
    """Yield the statements that run at once; bodies of routines are left out. Raises Unparsed for text without end."""
    inside = False
    for statement in _split(text):
        words = statement.words
        if inside:
            inside = words[:1] != ("END",)
            continue
        if words[:1] == ("CREATE",) and _ROUTINES & set(words[1:8]):
            inside = "BEGIN" in words and "END" not in words
            continue
        if words[:1] == ("DO",):
            for line, body in statement.bodies:
                yield from (_inner(inner, line) for inner in _split(body))
            continue
        yield statement


def _inner(statement: Statement, line: int) -> Statement:
    """Return a statement of an anonymous block, cut free of the control words before it."""
    words = statement.words
    cut = max((at + 1 for at, word in enumerate(words) if word in ("BEGIN", "THEN", "LOOP", "ELSE")), default=0)
    start, capitals = 0, statement.text.upper()
    for word in words[:cut]:
        start = capitals.find(word, start) + len(word)
    return statement._replace(
        text=statement.text[start:].strip(),
        words=words[cut:],
        names=statement.names[cut:],
        line=statement.line + line - 1,
    )


def _split(text: str) -> Iterator[Statement]:
    if len(text) > MOST_CHARACTERS:
        raise Unparsed(f"{len(text):,} characters of SQL, more than the {MOST_CHARACTERS:,} that are read")
    kept: list[str] = []
    words: list[str] = []
    names: list[str] = []
    bodies: list[tuple[int, str]] = []
    at, line, begun = 0, 1, 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:  # the last alternative takes any character
            break
        kind, piece = token.lastgroup or "", token[0]
        if kind in ("block", "dollar", "quote"):
            piece = _quoted(text, at, kind, piece)
        if kind == "end":
            yield from _made(kept, words, names, begun, bodies)
            kept, words, names, bodies, begun = [], [], [], [], 0
        elif kind in ("space", "line", "block"):
            kept.append(" ")
        else:
            begun = begun or line
            kept.append(piece)
            if kind == "word":
                words.append(piece.upper())
                names.append(piece)
            elif kind == "dollar":
                tag = text[at : text.index("$", at + 1) + 1]
                bodies.append((line, piece[len(tag) : -len(tag)]))
            elif kind == "quote" and piece[0] != "'":
                words.append('"')
                names.append(piece[1:-1])
        line += piece.count("\n")
        at += len(piece)
    yield from _made(kept, words, names, begun, bodies)


def _quoted(text: str, at: int, kind: str, piece: str) -> str:
    """Return a comment or quoted text as a whole; raises Unparsed where it has no end."""
    closing = {"block": "*/", "dollar": piece}.get(kind) or _CLOSING[piece]
    end = text.find(closing, at + len(piece))
    while kind == "quote" and end >= 0 and piece == "'" and text[end : end + 2] == "''":
        end = text.find(closing, end + 2)
    if end < 0:
        raise Unparsed(f"quoted text or a comment without end (opened with {piece!r})")
    return text[at : end + len(closing)]


def _made(
    kept: list[str], words: list[str], names: list[str], line: int, bodies: list[tuple[int, str]]
) -> Iterator[Statement]:
    if words:
        yield Statement("".join(kept).strip(), tuple(words), tuple(names), line, tuple(bodies))


def target_of(statement: Statement, after: str = "TABLE") -> str:
    """Return the name a statement is about: the first word after its kind that is no word of the grammar."""
    skip = ("IF", "NOT", "EXISTS", "ONLY", "CONCURRENTLY", "FROM", "TABLE", "INTO")
    try:
        start = statement.words.index(after) + 1
    except ValueError:
        start = 1
    for word, name in zip(statement.words[start:], statement.names[start:], strict=True):
        if word not in skip:
            return name.lower()
    return "?"
