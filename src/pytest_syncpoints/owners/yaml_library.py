"""All of YAML 1.1, read with PyYAML: only for OWNERS files that use more than ``yaml_text.py`` reads."""

from __future__ import annotations

from importlib import import_module

from pytest_syncpoints.owners.yaml_flow import Node, NotYaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

yaml: Any = import_module("yaml")
_DEEPEST = 50


def read_yaml(text: str) -> Node | None:
    """Return the first document of a text, ``None`` for an empty one; raises ``NotYaml``."""
    try:
        node = next(iter(yaml.compose_all(text, Loader=yaml.SafeLoader)), None)
    except yaml.YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        reason = getattr(broken, "problem", None) or "unreadable"
        raise NotYaml(str(reason), mark.line + 1 if mark else 1) from None
    return None if node is None else _convert(node, 0, {})


def _convert(node: Any, depth: int, known: dict[int, Node]) -> Node:
    """Turn PyYAML's nodes into ours; one that is shared by aliases is turned once, however often it is named."""
    line = node.start_mark.line + 1
    if depth > _DEEPEST:
        raise NotYaml("values nested too deep, or in themselves", line)
    if id(node) not in known:
        known[id(node)] = _converted(node, line, depth + 1, known)
    return known[id(node)]


def _converted(node: Any, line: int, depth: int, known: dict[int, Node]) -> Node:
    if isinstance(node, yaml.SequenceNode):
        return Node(line, "list", "", False, tuple(_convert(item, depth, known) for item in node.value), ())
    if isinstance(node, yaml.MappingNode):
        pairs = tuple((_convert(key, depth, known), _convert(value, depth, known)) for key, value in node.value)
        return Node(line, "mapping", "", False, (), pairs)
    return Node(line, "scalar", str(node.value), node.style is None, (), ())
