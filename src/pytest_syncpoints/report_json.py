"""The report as JSON, both ways: the same bytes for the same report, and a reader that takes all or nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.json_shape import ShapeFault, Whole, an_object
from pytest_syncpoints.report import SCHEMA
from pytest_syncpoints.report_shape import REPORT, TOOL
from pytest_syncpoints.strict_json import parse

if TYPE_CHECKING:
    from pytest_syncpoints.report import Evidence, Report

WRITE_ANEW = "write it anew: syncpoints check --format json -o FILE"


def to_json(report: Report) -> bytes:
    """Return the report as JSON: ASCII, a line for each finding, file, check and syncpoint, a newline at the end.

    The bytes depend on the report alone. ASCII survives every terminal and log encoding, and hides no control
    or direction character from whoever reads the file; JSON readers see the same text either way. ``##``, which
    runners of CI jobs take for a command anywhere in a line, is escaped for the same reason.
    """
    lines = _lay_out({"schema": SCHEMA} | REPORT.write(report), 0)
    return (lines.replace("##", "\\u0023\\u0023") + "\n").encode("ascii")


def from_json(data: bytes, *, what: str = "the report") -> Report:
    """Return the report that JSON bytes hold, every value checked; ``what`` names the input in errors.

    Raises UsageError with one line that tells the place (``findings[3].level``), what was expected there and
    what was found. A report of another schema is refused before anything else is looked at.
    """
    document = parse(data, what=what, remedy=WRITE_ANEW)
    try:
        given = dict(an_object(document, ""))
        _refuse_schema(given, what)
        report: Report = REPORT.read(given, "")
        _refuse_indexes(report.evidence)
    except ShapeFault as fault:
        raise UsageError(f"{what} is not one this program wrote: {fault}", remedy=WRITE_ANEW) from None
    return report


def _refuse_schema(given: dict[str, Any], what: str) -> None:
    if "schema" not in given:
        raise ShapeFault("schema", "missing", is_value=False)
    schema = Whole(1).read(given.pop("schema"), "schema")
    if schema > SCHEMA:
        message = f"{what} has schema {schema}; this program reads schema {SCHEMA}"
        raise UsageError(message, remedy=f"python -m pip install --upgrade {TOOL}")
    if schema < SCHEMA:
        message = f"{what} has schema {schema}, which is older than schema {SCHEMA}"
        raise UsageError(message, remedy=WRITE_ANEW)


def _refuse_indexes(evidence: Evidence | None) -> None:
    """Refuse evidence that names tests by numbers no test has."""
    if evidence is None:
        return
    tests = len(evidence.nodeids)
    for path, file in evidence.files.items():
        for line, indexes in file.executed.items():
            if indexes and max(indexes) >= tests:
                at = f"evidence.files[{path!a}].executed[{line!a}]"
                raise ShapeFault(at, f"expected positions in nodeids, below {tests}", max(indexes))


def _lay_out(value: Any, depth: int) -> str:
    """Return JSON with one line for each member of the outer objects and of their lists of objects."""
    indent = " " * (depth + 1)
    if isinstance(value, dict) and depth < 2:
        lines = [f"{indent}{json.dumps(key)}: {_lay_out(item, depth + 1)}" for key, item in value.items()]
        return _bracket("{", lines, "}", depth)
    if isinstance(value, list) and value and isinstance(value[0], dict) and depth < 3:
        return _bracket("[", [indent + _compact(item) for item in value], "]", depth)
    return _compact(value)


def _bracket(opening: str, lines: list[str], closing: str, depth: int) -> str:
    return "\n".join((opening, ",\n".join(lines), " " * depth + closing))


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False)
