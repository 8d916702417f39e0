"""YAML as OWNERS files use it: mappings, lists, quoted and plain words, comments; with the line of every value.

A deliberate part of YAML 1.1 (yaml.org/spec/1.1), so that the default installation needs no YAML library: block
and flow collections and one-line scalars. What goes beyond it (anchors, tags, block scalars, text over
several lines) raises ``Unsupported``, and ``prow.py`` hands the file to PyYAML if that is installed; a test
holds the two readers against each other.
"""

from __future__ import annotations

from pytest_syncpoints.owners.yaml_flow import FlowReader, Node, NotYaml, Unsupported, without_comment
from pytest_syncpoints.record import Record

__all__ = ["Node", "NotYaml", "Unsupported", "read_yaml"]


_QUOTED_OR_FLOW = "\"'[{"


class TextLine(Record):
    """One line that says something: its number, its indentation, and the rest less any comment.

    Text does not go on behind a line that is ``commented``, at its end or by a line of its own below.
    """

    number: int
    indent: int
    text: str
    commented: bool = False


def read_yaml(text: str) -> Node | None:
    """Return the first document of a text, ``None`` for an empty one; raises ``NotYaml`` or ``Unsupported``."""
    lines = _logical_lines(text)
    if not lines:
        return None
    reader = _Blocks(lines)
    node = reader.block(lines[0].indent)
    if reader.at < len(lines):
        if lines[reader.at].indent >= lines[0].indent:
            raise NotYaml("this line fits no level above it", lines[reader.at].number)
        raise Unsupported("this line fits no level above it", lines[reader.at].number)
    return node


def _logical_lines(text: str) -> list[TextLine]:
    """Cut a text into lines, a flow collection over several lines counting as one."""
    lines: list[TextLine] = []
    waiting = ""
    number = indent = 0
    for current, raw in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        content = without_comment(raw, current).rstrip(" \t")
        if not content.strip(" \t"):
            if lines and content != raw.rstrip(" \t"):
                lines[-1] = lines[-1]._replace(commented=True)
            continue
        if not waiting:
            if content.startswith(("---", "...")) and content[3:4] in ("", " ", "\t"):
                if lines:
                    break
                if content != "---":
                    raise Unsupported("more than a document marker here", current)
                continue
            number, indent = current, len(content) - len(content.lstrip(" "))
            if content.lstrip(" ").startswith(("\t", "%")):
                raise NotYaml("a tab indents this line" if "\t" in content else "a directive", current)
        waiting = f"{waiting} {content.lstrip()}" if waiting else content[indent:]
        if FlowReader.is_open(waiting, current):
            continue
        lines.append(TextLine(number, indent, waiting, content != raw.rstrip(" \t")))
        waiting = ""
    if waiting:
        raise NotYaml("brackets that never close", number)
    return lines


class _Blocks:
    """Reads block collections by their indentation."""

    def __init__(self, lines: list[TextLine]) -> None:
        self.lines = lines
        self.at = 0

    def block(self, indent: int, outside: int = -1) -> Node:
        """Read the value that begins at this line; ``outside`` is the indentation of what it belongs to."""
        line = self.lines[self.at]
        if line.text == "-" or line.text.startswith("- "):
            return self._ended(self._list(indent), indent)
        if _key_end(line) >= 0:
            return self._ended(self._mapping(indent), indent)
        self.at += 1
        return self._scalar(line.text, line, outside)

    def _list(self, indent: int) -> Node:
        first = self.lines[self.at].number
        items: list[Node] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.indent != indent or not (line.text == "-" or line.text.startswith("- ")):
                break
            rest = line.text[1:].lstrip(" ")
            if not rest:
                self.at += 1
                items.append(self._nested(indent, line.number))
            else:
                inner = indent + len(line.text) - len(rest)
                self.lines[self.at] = TextLine(line.number, inner, rest, line.commented)
                items.append(self.block(inner, indent))
        return Node(first, "list", "", False, tuple(items), ())

    def _mapping(self, indent: int) -> Node:
        first = self.lines[self.at].number
        pairs: dict[str, tuple[Node, Node]] = {}
        while self.at < len(self.lines) and self.lines[self.at].indent == indent:
            line = self.lines[self.at]
            end = _key_end(line)
            if end < 0:
                break
            key = FlowReader(line.text[:end].rstrip(" "), line.number).whole()
            rest = line.text[end + 1 :].lstrip(" \t")
            self.at += 1
            pairs[key.text] = (key, self._value(rest, line))
        return Node(first, "mapping", "", False, (), tuple(pairs.values()))

    def _value(self, rest: str, line: TextLine) -> Node:
        if rest:
            return self._scalar(rest, line, line.indent)
        follows = self.lines[self.at] if self.at < len(self.lines) else None
        if follows is not None and follows.indent == line.indent and (follows.text == "-" or follows.text[:2] == "- "):
            return self._ended(self._list(line.indent), line.indent + 1)
        return self._nested(line.indent, line.number)

    def _nested(self, indent: int, number: int) -> Node:
        if self.at < len(self.lines) and self.lines[self.at].indent > indent:
            return self.block(self.lines[self.at].indent, indent)
        return Node(number, "scalar", "", True, (), ())

    def _scalar(self, text: str, line: TextLine, outside: int) -> Node:
        """Read a value on one line, and the lines indented further than ``outside`` that go on with plain text.

        Lines are joined by a blank, or by as many newlines as empty lines stand between them.
        """
        first = line.number
        while self.at < len(self.lines) and self.lines[self.at].indent > outside:
            follows = self.lines[self.at]
            if line.commented or text[0] in _QUOTED_OR_FLOW:
                raise NotYaml("this line fits no level above it", follows.number)
            if _key_end(follows) >= 0:
                raise NotYaml("a key inside a text", follows.number)
            text += ("\n" * (follows.number - line.number - 1) or " ") + follows.text
            line = follows
            self.at += 1
        return FlowReader(text, first).whole()

    def _ended(self, node: Node, indent: int) -> Node:
        """Return a collection that has ended where no further line is indented like its own."""
        if self.at < len(self.lines) and self.lines[self.at].indent >= indent:
            raise NotYaml("this line fits no level above it", self.lines[self.at].number)
        return node


def _key_end(line: TextLine) -> int:
    """Return where the key of a mapping line ends, -1 where the line is none."""
    text = line.text
    start = 0
    if text[0] in "\"'":
        start = FlowReader.quoted_end(text, 0, line.number)
    elif text[0] in "[{":
        return -1
    for at in range(start, len(text)):
        if text[at] == ":" and text[at + 1 : at + 2] in ("", " ", "\t"):
            return at
    return -1
