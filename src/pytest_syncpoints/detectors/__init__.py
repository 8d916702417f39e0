"""Detectors: one kind of change that is hard to undo per file; the table below is all of the built-in ones."""

from __future__ import annotations

from pytest_syncpoints.detectors import places
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Detector, Facts, Kind, Subject


def nothing(_: FileChange) -> tuple[str, ...]:
    """Return no words to search for."""
    return ()


class BuiltIn(Record):
    """A built-in detector: what it wants stands here, how it judges in the module of its name, imported when needed."""

    name: str
    kind: Kind
    wants: Callable[[FileChange], bool]
    siblings: Callable[[FileChange], object] = nothing
    words: Callable[[FileChange], tuple[str, ...]] = nothing

    def judge(self, subject: Subject, facts: Facts) -> Iterable[Finding]:
        """Return what the module finds."""
        found: Iterable[Finding] = __import__(self.module, fromlist=("judge",)).judge(subject, facts)
        return found

    @property
    def module(self) -> str:
        """Return the module that judges: what a process of its own is told to import."""
        return f"{__name__}.{self.name}"


DETECTORS: tuple[Detector, ...] = (
    BuiltIn("django", "schema", places.django, siblings=places.alters_fields),
    BuiltIn("sql_constants", "schema", places.django),
    BuiltIn("alembic", "schema", places.alembic),
    BuiltIn("sql", "schema", places.sql),
    BuiltIn("protobuf", "schema", places.protobuf),
    BuiltIn("avro", "schema", places.avro),
    BuiltIn("json_schema", "schema", places.json_schema),
    BuiltIn("openapi", "schema", places.openapi),
    BuiltIn("formats", "format", places.formats),
    BuiltIn("terraform", "infrastructure", places.terraform),
    BuiltIn("kubernetes", "infrastructure", places.kubernetes),
    BuiltIn("deletions", "code", places.deletions, words=places.module_words),
    BuiltIn("dependencies", "dependency", places.dependencies),
    BuiltIn("flags", "flag", places.flags),
    BuiltIn("secrets", "secret", places.secrets),
)
