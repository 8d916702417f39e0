"""Model of norms: uses, waivers and readings of files as values, and which of them a change must answer for."""

from __future__ import annotations

from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from pytest_syncpoints.change import Change, FileChange
    from pytest_syncpoints.policy import Norm, Policy


class Use(Record):
    """One place that breaks a norm, or may: ``unknown`` says why nobody can tell, ``problem`` what is wrong.

    ``line`` and ``column`` (from 1; bytes from 0) are where the name stands, ``first`` to ``last`` the lines of the
    whole call. ``sure`` is false where something else may be meant as well: such a use is never rewritten.
    """

    norm: str
    kind: str
    qualified: str
    problem: str
    unknown: str
    sure: bool
    line: int
    column: int
    first: int
    last: int
    bound: str
    scope: str

    @property
    def written(self) -> str:
        """Return the name as the file spells it (of an import: the one it binds)."""
        return self.bound


class Waiver(Record):
    """One inline waiver: the norms it names, its reason, its line, and the line of code it speaks for."""

    norms: tuple[str, ...]
    reason: str
    line: int
    covers: int


class Reading(Record):
    """What a changed file holds now and held before; ``fault`` says why it could not be read.

    ``certain`` marks a fault that is the file's own (no Python this interpreter knows), not one of size or nesting.
    """

    path: str
    uses: tuple[Use, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    before: tuple[Use, ...] = ()
    fault: str = ""
    syntax: bool = False
    norms: tuple[str, ...] = ()


class Breach(Record):
    """One thing to report: ``kind`` is broken, unknown, unread, syntax, rose, unreasoned, or unused.

    ``also`` are, where a ratchet rose, the change's own uses.
    """

    kind: str
    norm: str
    path: str
    line: int | None
    last: int | None = None
    use: Use | None = None
    text: str = ""
    also: tuple[Use, ...] = ()


class Judged(Record):
    """What a change does to the norms: what to report, and which norms are proven to hold (or not)."""

    breaches: tuple[Breach, ...] = ()
    held: dict[str, bool] = {}  # noqa: RUF012  # a record's default is never changed


def use_of(said: Mapping[str, Any]) -> Use:
    """Return a use from plain data."""
    values = {**said, "scope": said["in"]}
    del values["in"]
    return Use(**values)


def waiver_of(said: Mapping[str, Any]) -> Waiver:
    """Return a waiver from plain data."""
    return Waiver(tuple(said["norms"]), said["reason"], said["line"], said["covers"])


def declarative(policy: Policy) -> tuple[Norm, ...]:
    """Return the norms that patterns describe; the others are a plugin's to judge."""
    return tuple(
        norm
        for norm in policy.norms
        if norm.call or norm.import_ or norm.attribute or norm.decorator or norm.base_class
    )


def applies(norm: Norm, path: str) -> bool:
    """Say whether a norm speaks about a path."""
    inside = not norm.within or PathPatterns(norm.within).match(path) is not None
    return inside and PathPatterns(norm.except_in).match(path) is None


def judged(policy: Policy, change: Change, readings: Iterable[Reading]) -> Judged:
    """Return what a change must answer for, norm by norm."""
    norms = {norm.name: norm for norm in declarative(policy)}
    files = {file.path: file for file in change.files}
    breaches: list[Breach] = []
    doubtful: set[str] = set()
    broken: set[str] = set()
    for reading in readings:
        found = list(_of_file(reading, files[reading.path], norms))
        breaches += found
        broken |= {one.norm for one in found if one.kind in ("broken", "rose")} | set(_waived(reading, files, norms))
        doubtful |= {one.norm for one in found if one.kind == "unknown"}
        doubtful |= set(reading.norms) if reading.fault else set()
    held = {name: name not in broken for name in norms if name in broken or name not in doubtful}
    return Judged(tuple(breaches), held)


def _of_file(reading: Reading, file: FileChange, norms: Mapping[str, Norm]) -> Iterator[Breach]:
    if reading.fault:
        text = f"{reading.fault}: whether {', '.join(reading.norms)} holds here is not known"
        yield Breach("syntax" if reading.syntax else "unread", reading.norms[0], reading.path, None, text=text)
        return
    yield from _waiver_faults(reading, file, norms)
    for name in reading.norms:
        counted = _counted(reading, norms[name])
        if norms[name].ratchet:
            yield from _ratchet(reading, file, norms[name], counted)
            continue
        for use in counted:
            if is_new(use, file, reading):
                kind = "unknown" if use.unknown else "broken"
                yield Breach(kind, name, reading.path, use.line, use.last, use, use.unknown)


def _counted(reading: Reading, norm: Norm) -> tuple[Use, ...]:
    return tuple(use for use in reading.uses if use.norm == norm.name and not _waiver_of(use, reading))


def _ratchet(reading: Reading, file: FileChange, norm: Norm, counted: tuple[Use, ...]) -> Iterator[Breach]:
    before = [use for use in reading.before if use.norm == norm.name and not use.unknown]
    now = [use for use in counted if not use.unknown]
    new = [use for use in counted if is_new(use, file, reading)]
    if len(now) > len(before):
        first = next((use for use in new if not use.unknown), now[-1])
        text = f"{len(now)} use{'s' * (len(now) != 1)}, {len(before)} before"
        yield Breach("rose", norm.name, reading.path, first.line, first.last, first, text, tuple(new))
    for use in new:
        if use.unknown:
            yield Breach("unknown", norm.name, reading.path, use.line, use.last, use, use.unknown)


def is_new(use: Use, file: FileChange, reading: Reading) -> bool:
    """Say whether a use is the change's own: on a line it changes, or one that the file did not have before."""
    if _on_changed_lines(use, file):
        return True
    same = _what(use)
    untouched = sum(1 for one in reading.uses if _what(one) == same and not _on_changed_lines(one, file))
    return untouched > sum(1 for one in reading.before if _what(one) == same)


def _what(use: Use) -> tuple[str, str, str, str]:
    return use.norm, use.kind, use.qualified, use.problem


def _on_changed_lines(use: Use, file: FileChange) -> bool:
    return any(_touches(hunk.new_start, hunk.new_lines, use) for hunk in file.hunks)


def _touches(start: int, lines: int, use: Use) -> bool:
    if lines == 0:  # lines were taken out after this one
        return use.first <= start < use.last
    return start <= use.last and use.first < start + lines


def _waiver_of(use: Use, reading: Reading) -> Waiver | None:
    for waiver in reading.waivers:
        if use.norm in waiver.norms and waiver.reason and use.first <= waiver.covers <= use.last:
            return waiver
    return None


def _waived(reading: Reading, files: Mapping[str, FileChange], norms: Mapping[str, Norm]) -> Iterator[str]:
    """Yield norms that a new use breaks under a waiver: the line may stay, but the norm stands in for nobody."""
    for use in reading.uses:
        if use.norm in norms and _waiver_of(use, reading) and is_new(use, files[reading.path], reading):
            yield use.norm


def _waiver_faults(reading: Reading, file: FileChange, norms: Mapping[str, Norm]) -> Iterator[Breach]:
    for waiver in reading.waivers:
        if not waiver.reason or not waiver.norms:
            if any(hunk.new_start <= waiver.line < hunk.new_start + hunk.new_lines for hunk in file.hunks):
                named = " ".join(("NRM", *waiver.norms))
                yield Breach("unreasoned", named, reading.path, waiver.line, text=", ".join(waiver.norms))
            continue
        for name in waiver.norms:
            used = any(use.norm == name and use.first <= waiver.covers <= use.last for use in reading.uses)
            if not used:
                text = "covers nothing here" if name in norms else "names a norm that the policy does not have"
                yield Breach("unused", name, reading.path, waiver.line, text=text)
