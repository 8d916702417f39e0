"""Detecting: what a built-in detector says of files, given as old and new text."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from pytest_syncpoints.change import FileChange, Hunk, split_lines
from pytest_syncpoints.detectors import DETECTORS
from pytest_syncpoints.subject import Facts, Reversibility, Subject
from pytest_syncpoints.undoing import judged, wanted

if TYPE_CHECKING:
    from pytest_syncpoints.finding import Finding

Text = str | bytes | None
Files = dict[str, tuple[Text, Text]]
FACTS = Facts()


def file_change(path: str, before: bytes | None, after: bytes | None, *, old_path: str | None = None) -> FileChange:
    """The change of one file, with the lines that differ."""
    hunks = tuple(_hunks(split_lines(before or b""), split_lines(after or b"")))
    return FileChange(
        path=path,
        status="A" if before is None else "D" if after is None else "M",
        old_mode="000000" if before is None else "100644",
        new_mode="000000" if after is None else "100644",
        old_oid="0" * 40 if before is None else "1" * 40,
        new_oid="0" * 40 if after is None else "2" * 40,
        old_path=old_path,
        hunks=hunks,
    )


def _hunks(old: list[bytes], new: list[bytes]) -> list[Hunk]:
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found.append(Hunk(a + (b > a), b - a, c + (d > c), d - c, tuple(old[a:b]), tuple(new[c:d])))
    return found


def _bytes(text: Text) -> bytes | None:
    return text.encode() if isinstance(text, str) else text


def undoing(files: Files, *, renamed: dict[str, str] | None = None, facts: Facts = FACTS) -> Reversibility:
    """What all built-in detectors say; ``renamed`` maps new paths to old ones, both among the files."""
    changes, subjects = [], {}
    for path, (before, after) in files.items():
        old_path = (renamed or {}).get(path)
        change = file_change(path, _bytes(before), _bytes(after), old_path=old_path)
        if path in (renamed or {}).values():
            change = change._replace(renamed_to=next(new for new, old in (renamed or {}).items() if old == path))
        source = _bytes(files[old_path][0]) if old_path is not None else None
        changes.append(change)
        subjects[path] = Subject(path, change, _bytes(before), _bytes(after), source)
    wanting = wanted(DETECTORS, changes)
    return judged(wanting, {path: subjects[path] for path in wanting}, facts)


def findings(files: Files, **more: object) -> tuple[Finding, ...]:
    """The findings of all built-in detectors, which must not crash and must look."""
    found = undoing(files, **more)  # type: ignore[arg-type]
    assert found.crashed == ()
    assert found.skipped == ()
    return found.findings


def codes(files: Files, **more: object) -> list[str]:
    """The rules of the findings, in order."""
    return sorted(finding.rule for finding in findings(files, **more))


HEAD = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"


def migration(*operations: str, **attributes: str) -> str:
    """A Django migration of these operations."""
    lines = [f"    {name} = {value}\n" for name, value in attributes.items()]
    return (
        HEAD + "".join(lines) + "    operations = [\n" + "".join(f"        {one},\n" for one in operations) + "    ]\n"
    )
