"""Prow's OWNERS and OWNERS_ALIASES as YAML: the values the server reads out of them, typed as it types them."""

from __future__ import annotations

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.owners.ownership import decode
from pytest_syncpoints.owners.yaml_text import Node, Unsupported, read_yaml

ROLES = ("approvers", "reviewers", "required_reviewers")
LISTS = (*ROLES, "labels")
_NULLS = ("", "~", "null", "Null", "NULL")
_TRUE = ("yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE")
_FALSE = ("no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE")


class WrongType(ValueError):  # noqa: N818  says what the value is
    """A value is of a type the server cannot read into its place."""

    def __init__(self, message: str, line: int) -> None:
        """Keep what and where."""
        super().__init__(message)
        self.message = message
        self.line = line


def parse(file: str, data: bytes) -> Node | None:
    """Read YAML with the reader that is always there, or with PyYAML where that is not enough.

    Raises ``NotYaml``, and ``CannotEvaluate`` where PyYAML is needed and not installed: that a file could not be
    read must never look like a file that names nobody.
    """
    text = decode(data)
    try:
        return read_yaml(text)
    except Unsupported as unsupported:
        try:
            from pytest_syncpoints.owners.yaml_library import read_yaml as read_all_yaml
        except ImportError:
            raise CannotEvaluate(
                f"this file uses more of YAML than is read without PyYAML ({unsupported.reason})",
                where=f"{file}:{unsupported.line}:1",
                remedy="pip install 'pytest-syncpoints[prow]'",
            ) from None
        return read_all_yaml(text)


def get(node: Node, key: str) -> Node | None:
    """Return a value by its key; like the server's JSON reader, whatever the key's case if need be."""
    exact = [value for name, value in node.pairs if name.text == key]
    folded = [value for name, value in node.pairs if name.text.lower() == key]
    found = exact or folded
    return found[-1] if found else None


def first_line(node: Node, keys: tuple[str, ...]) -> int:
    """Return the first line on which one of the keys stands."""
    return min((name.line for name, _ in node.pairs if name.text.lower() in keys), default=node.line)


def _is_null(node: Node | None) -> bool:
    return node is None or (node.kind == "scalar" and node.plain and node.text in _NULLS)


def mapping(node: Node | None, what: str) -> tuple[tuple[Node, Node], ...]:
    """Return the pairs of a mapping, none of a missing or empty value."""
    if node is None or _is_null(node):
        return ()
    if node.kind != "mapping":
        raise WrongType(f"{what} is no mapping", node.line)
    return node.pairs


def lists_of(node: Node) -> dict[str, tuple[str, ...]]:
    """Return the lists of a mapping by key; ``labels`` counts only in that it makes the plain keys count."""
    mapping(node, "the file")
    return {key: _strings(get(node, key), key) for key in LISTS}


def _strings(node: Node | None, what: str) -> tuple[str, ...]:
    if node is None or _is_null(node):
        return ()
    if node.kind != "list":
        raise WrongType(f"{what} is no list", node.line)
    return tuple(_string(item, what) for item in node.items if not _is_null(item))


def _string(node: Node, what: str) -> str:
    """Return a word; the server turns numbers and truth values into words here."""
    if node.kind != "scalar":
        raise WrongType(f"an entry of {what} is no word", node.line)
    if node.plain and node.text in _TRUE + _FALSE:
        return "true" if node.text in _TRUE else "false"
    return node.text


def members_of(node: Node) -> tuple[str, ...]:
    """Return the members of an alias: a list of words, or the keys of a mapping."""
    if node.kind == "mapping":
        return tuple(key.text for key, _ in node.pairs)
    for item in node.items:
        if item.plain and (item.text in _TRUE + _FALSE or item.text.isdigit()):
            raise WrongType(f"the member {item.text!r} is no word", item.line)
    return _strings(node, "an alias")


def no_parent_owners(node: Node) -> bool:
    """Return whether a file's options close it to owners further up."""
    options = get(node, "options")
    pairs = mapping(options, "options")
    value = get(options, "no_parent_owners") if pairs and options is not None else None
    if value is None or _is_null(value):
        return False
    if value.kind != "scalar" or not value.plain or value.text not in _TRUE + _FALSE:
        raise WrongType("no_parent_owners is neither true nor false", value.line)
    return value.text in _TRUE
