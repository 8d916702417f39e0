"""JSON Schema: documents that were valid under the old schema and are not under the new one.

Own comparison, keyword by keyword (https://json-schema.org/draft/2020-12/json-schema-validation): none of the
differs on the package index is kept up. It follows local references (``$ref``) and judges what is narrowed, not what
is widened.
"""

from __future__ import annotations

from pytest_syncpoints.detectors.documents import read_json
from pytest_syncpoints.record import Record
from pytest_syncpoints.subject import costly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

MOST_NESTED = 60
_UPPER = ("maximum", "maxLength", "maxItems", "maxProperties", "exclusiveMaximum")
_LOWER = ("minimum", "minLength", "minItems", "minProperties", "exclusiveMinimum")


class Narrowing(Record):
    """One place where the new schema takes less: the path of keys to it, and what changed."""

    where: str
    what: str


def judge(subject: Subject, _: Facts) -> Iterator[Finding]:
    """Yield what the new schema refuses that the old one took, or that the schema others refer to is gone."""
    if subject.before is None:
        return
    old = read_json(subject.before)
    if not is_schema(old):
        return
    if subject.after is None:
        if subject.file.renamed_to is None:
            yield _finding(subject, "the schema is deleted", "whole")
        return
    for found in narrowings(old, read_json(subject.after)):
        yield _finding(subject, f"{found.where or 'the document'}: {found.what}", found.where + found.what)


def is_schema(document: Any) -> bool:
    """Say whether a document is a JSON Schema, and not something that only lies in a folder of that name."""
    return isinstance(document, dict) and (
        "json-schema.org" in str(document.get("$schema", "")) or ("properties" in document and "type" in document)
    )


def _finding(subject: Subject, what: str, anchor: str) -> Finding:
    return costly(
        subject,
        None,
        f"{what}; documents that were valid no longer are",
        undo="accept the old form again; whoever adapted to the new one must take it back too",
        remedy="add the new form beside the old one, or publish the schema under a new version",
        anchor=anchor,
    )


def narrowings(old: Any, new: Any) -> list[Narrowing]:
    """Return where the new schema takes less than the old one; each pair compared once."""
    return list(_Comparison(old, new).of(old, new, (), 0))


class _Comparison:
    """One walk over two schemas, with their roots for local references."""

    def __init__(self, old: Any, new: Any) -> None:
        self.roots = (old, new)
        self.seen: set[tuple[int, int]] = set()

    def of(self, old: Any, new: Any, where: tuple[str, ...], depth: int) -> Iterator[Narrowing]:
        """Yield the narrowings of one subschema and those below it."""
        old, new = resolved(old, self.roots[0]), resolved(new, self.roots[1])
        pair = (id(old), id(new))
        if depth > MOST_NESTED or pair in self.seen:
            return
        self.seen.add(pair)
        place = ".".join(where)
        if new is False and old is not False:
            yield Narrowing(place, "nothing is allowed any more")
        if not isinstance(old, dict) or not isinstance(new, dict) or old == new:
            return
        yield from (Narrowing(place, what) for what in _own(old, new))
        if not _sees_through(old, new):
            yield from self._below(old, new, where, depth)

    def _below(self, old: Any, new: Any, where: tuple[str, ...], depth: int) -> Iterator[Narrowing]:
        before, after = _mapping(old, "properties"), _mapping(new, "properties")
        for name in before.keys() & after.keys():
            yield from self.of(before[name], after[name], (*where, name), depth + 1)
        if new.get("additionalProperties") is False:
            for name in sorted(before.keys() - after.keys()):
                yield Narrowing(".".join((*where, name)), "the property is gone, and others are not allowed")
        for key, mark in (("items", "[]"), ("additionalProperties", "*")):
            if key in old and key in new:
                yield from self.of(old[key], new[key], (*where, mark), depth + 1)


def _sees_through(old: Any, new: Any) -> bool:
    """Say whether a side is a choice between schemas: which one a document meets cannot be told."""
    return any(key in side for side in (old, new) for key in ("oneOf", "anyOf", "allOf", "not", "if"))


def resolved(schema: Any, root: Any) -> Any:
    """Return what a local reference stands for, at most ten steps away; the reference itself where it leads nowhere."""
    for _ in range(10):
        pointer = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(pointer, str) or not pointer.startswith("#/"):
            return schema
        found = root
        for step in pointer[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
        if found is None:
            return schema
        schema = found
    return schema


def _mapping(schema: Any, key: str) -> dict[str, Any]:
    found = schema.get(key)
    return found if isinstance(found, dict) else {}


def _types(schema: Any) -> set[str] | None:
    said = schema.get("type")
    if isinstance(said, str):
        return {said}
    return {one for one in said if isinstance(one, str)} if isinstance(said, list) else None


def _own(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    before, after = _types(old), _types(new)
    if after is not None and (before is None or before - after - ({"integer"} if "number" in after else set())):
        lost = sorted(before - after) if before else ["any"]
        yield f"type no longer takes {', '.join(lost)}"
    required = sorted(_texts(new.get("required")) - _texts(old.get("required")))
    if required:
        yield f"{', '.join(required)} is required now"
    if isinstance(new.get("enum"), list):
        allowed = new["enum"]
        lost_values = (
            [value for value in old["enum"] if value not in allowed] if isinstance(old.get("enum"), list) else None
        )
        if lost_values:
            yield f"{', '.join(map(repr, lost_values[:3]))} is no longer among the values"
        elif lost_values is None and "const" not in old:
            yield "only listed values are allowed now"
    if new.get("additionalProperties") is False and old.get("additionalProperties", True) is not False:
        yield "other properties are no longer allowed"
    yield from _bounds(old, new)
    for key in ("pattern", "const", "format"):
        if key in new and new[key] != old.get(key) and (key != "format" or key in old):
            yield f"{key} is {'another' if key in old else 'demanded'} now"


def _bounds(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for keys, sign in ((_UPPER, 1), (_LOWER, -1)):
        for key in keys:
            after, before = new.get(key), old.get(key)
            if (
                isinstance(after, int | float)
                and not isinstance(after, bool)
                and (not isinstance(before, int | float) or sign * after < sign * before)
                and not (sign < 0 and after == 0 and before is None)
            ):
                yield f"{key} is {after} now"
    if new.get("uniqueItems") is True and old.get("uniqueItems") is not True:
        yield "items must be unique now"


def _texts(value: Any) -> set[str]:
    return {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()
