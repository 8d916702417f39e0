"""HCL as far as destructive edits need it: top-level blocks with their attributes and nested blocks, as text."""

from __future__ import annotations

import re

from pytest_syncpoints.record import Record
from pytest_syncpoints.subject import Unparsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 1 << 20
MOST_NESTED = 60
MOST_OF_A_LINE = 4_000  # signs; what stands on a longer one is passed over
MOST_OF_A_HEAD = 400  # characters before the brace of a block
_ENDS = ("{", "}", "\n")
_HEAD = re.compile(r'^\s*([A-Za-z_][\w-]*)((?:\s+(?:"[^"\n]*"|[A-Za-z_][\w-]*))*)\s*$')
_ATTRIBUTE = re.compile(r"^\s*\"?([A-Za-z_][\w-]*)\"?\s*=(?![=>])\s*(.*)$", re.DOTALL)
_HEREDOC = re.compile(r"<<-?\s*\"?([A-Za-z_]\w*)\"?[^\n]*\n")


class Block(Record):
    """One block: its kind and labels, the line it begins at, its attributes as written, and the blocks inside."""

    kind: str
    labels: tuple[str, ...]
    line: int
    attributes: dict[str, str]
    blocks: tuple[Block, ...] = ()

    def inner(self, kind: str) -> Block | None:
        """Return the first block of a kind inside, ``None`` where there is none."""
        return next((block for block in self.blocks if block.kind == kind), None)


def read(content: bytes) -> list[Block]:
    """Return the top-level blocks; raises Unparsed for braces, strings or heredocs without end."""
    if len(content) > MOST_BYTES:
        raise Unparsed(f"{len(content):,} bytes of HCL, more than the {MOST_BYTES:,} that are read")
    return _Reader(content.decode("utf-8", "replace").replace("\r\n", "\n")).blocks()


class _Reader:
    """A walk over the text, comments blanked, strings kept."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1

    def blocks(self) -> list[Block]:
        """Return the blocks of the whole text."""
        _, blocks = self._body(0)
        return blocks

    def _body(self, depth: int) -> tuple[dict[str, str], list[Block]]:
        """Read up to the closing brace: statements are parted by line ends outside of brackets."""
        if depth > MOST_NESTED:
            raise Unparsed("nested too deep")
        attributes: dict[str, str] = {}
        blocks: list[Block] = []
        piece: list[str] = []
        brackets = 0
        for sign in self._signs():
            said = "".join(piece) if not brackets and sign in _ENDS and len(piece) < MOST_OF_A_LINE else ""
            head = _HEAD.match(said) if sign == "{" and len(said) < MOST_OF_A_HEAD else None
            if head is not None:
                line = self.line
                inner, inside = self._body(depth + 1)
                labels = re.findall(r'"([^"]*)"|([A-Za-z_][\w-]*)', head[2])
                blocks.append(Block(head[1], tuple(a or b for a, b in labels), line, inner, tuple(inside)))
                piece = []
            elif sign == "}" and not brackets:
                if depth == 0:
                    raise Unparsed("a closing brace too many")
                _note(said, attributes)
                return attributes, blocks
            elif sign == "\n" and not brackets:
                _note(said, attributes)
                piece = []
            else:
                brackets += (sign in ("{", "[", "(")) - (sign in ("}", "]", ")"))
                piece.append(sign)
        if depth or brackets > 0:
            raise Unparsed("a block without end")
        _note("".join(piece), attributes)
        return attributes, blocks

    def _signs(self) -> Iterator[str]:
        text = self.text
        while self.at < len(text):
            character = text[self.at]
            if character == "#" or text.startswith("//", self.at):
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
                continue
            if text.startswith("/*", self.at):
                self._skip(text.find("*/", self.at), 2)
                continue
            if character == '"':
                yield self._string()
                continue
            heredoc = _HEREDOC.match(text, self.at) if character == "<" else None
            if heredoc is not None:
                yield self._heredoc(heredoc)
                continue
            self.at += 1
            self.line += character == "\n"
            yield character

    def _skip(self, end: int, more: int) -> str:
        if end < 0:
            raise Unparsed("a string or comment without end")
        said = self.text[self.at : end + more]
        self.line += said.count("\n")
        self.at = end + more
        return said

    def _string(self) -> str:
        at, depth = self.at + 1, 0
        while at < len(self.text):
            character = self.text[at]
            if character == "\\":
                at += 2
                continue
            if self.text.startswith(("${", "%{"), at):
                depth += 1
                at += 2
                continue
            if character == "}" and depth:
                depth -= 1
            elif character == '"' and not depth:
                return self._skip(at, 1)
            elif character == "\n" and not depth:
                break
            at += 1
        raise Unparsed("a string without end")

    def _heredoc(self, start: re.Match[str]) -> str:
        end = re.compile(rf"^[ \t]*{re.escape(start[1])}[ \t]*$", re.MULTILINE).search(self.text, start.end())
        return self._skip(end.end() if end is not None else -1, 0)


def _note(said: str, attributes: dict[str, str]) -> None:
    attribute = _ATTRIBUTE.match(said.strip())
    if attribute is not None:
        attributes[attribute[1]] = " ".join(attribute[2].split())
