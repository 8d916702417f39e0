"""Avro schemas: can readers with one schema read what was written with the other? Judged by Apache's own library.

Schema resolution: https://avro.apache.org/docs/1.12.0/specification/#schema-resolution .
"""

from __future__ import annotations

from pytest_syncpoints.detectors.documents import read_json
from pytest_syncpoints.subject import NotRead, Unparsed, costly, irreversible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

INSTALL = "avro is not installed: pip install 'pytest-syncpoints[avro]'"


def judge(subject: Subject, _: Facts) -> Iterator[Finding]:
    """Yield that the new schema cannot read old data, or that old readers cannot read new data."""
    if subject.before is None:
        return
    if subject.after is None:
        if subject.file.renamed_to is None:
            yield irreversible(
                subject,
                None,
                "the schema is deleted: what was written with it can no longer be read",
                undo="a revert brings the schema back, as long as the data was kept",
                remedy="keep schemas that data was written with",
            )
        return
    old, new = _schema(subject.before), _schema(subject.after)
    lost = _reasons(reader=new, writer=old)
    if lost:
        yield irreversible(
            subject,
            None,
            f"the new schema cannot read what was written with the old one: {lost}",
            undo="a revert reads the old data again; what was written meanwhile must be converted",
            remedy="give new fields a default, keep the names and types of old ones, add aliases for renamed ones",
            anchor="backward",
        )
    ahead = _reasons(reader=old, writer=new)
    if ahead:
        yield costly(
            subject,
            None,
            f"readers with the old schema cannot read what is written from now on: {ahead}",
            undo="convert what was written meanwhile before the readers go back",
            remedy="let every reader have the new schema first, and write with it in a later change",
            anchor="forward",
        )


def _schema(content: bytes) -> Any:
    try:
        from avro import errors, schema
    except ImportError:
        raise NotRead(INSTALL) from None
    try:
        return schema.make_avsc_object(read_json(content), validate_names=False)
    except (errors.AvroException, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise Unparsed(f"not a valid Avro schema: {str(error)[:100]}") from None


def _reasons(*, reader: Any, writer: Any) -> str:
    """Return why a reader cannot read what a writer wrote, empty where it can."""
    from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

    checker: Any = ReaderWriterCompatibilityChecker
    found = checker().get_compatibility(reader, writer)
    if found.compatibility == SchemaCompatibilityType.compatible:
        return ""
    return "; ".join(sorted(set(found.messages)))[:200] or "the types do not resolve"
