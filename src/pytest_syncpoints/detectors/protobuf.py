"""Protocol buffers: numbers and types that old messages were written with.

What may change: https://protobuf.dev/programming-guides/proto3/#updating ; types that share an encoding: the same page.
"""

from __future__ import annotations

from pytest_syncpoints.detectors.proto_text import Field, Message, read
from pytest_syncpoints.subject import Unparsed, costly, irreversible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.detectors.proto_text import Proto
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

# Types that are read alike on the wire, though values may be cut off.
_ALIKE = (
    frozenset(("int32", "uint32", "int64", "uint64", "bool")),
    frozenset(("sint32", "sint64")),
    frozenset(("string", "bytes")),
    frozenset(("fixed32", "sfixed32")),
    frozenset(("fixed64", "sfixed64")),
)


def judge(subject: Subject, facts: Facts) -> Iterator[Finding]:
    """Yield what old messages, readers or clients no longer find as it was."""
    if subject.before is None:
        return
    try:
        old = read(subject.before)
    except Unparsed:
        if subject.after is None:
            raise
        read(subject.after)
        return
    new = read(subject.after) if subject.after is not None else None
    elsewhere = _elsewhere(facts, old.package)
    for name, message in old.messages.items():
        now = (new.messages.get(name) if new is not None else None) or elsewhere.get(name)
        if now is not None and now.kind == message.kind:
            yield from _message(subject, message, now, (old.messages, new.messages if new is not None else elsewhere))
        elif name.rpartition(".")[0] not in old.messages:
            yield _gone(subject, f"{message.kind} {name}")
    yield from _services(subject, old, new, facts)


def _elsewhere(facts: Facts, package: str) -> dict[str, Message]:
    """Return the messages of the same package that other files of the change declare."""
    found: dict[str, Message] = {}
    for other in facts.subjects:
        try:
            proto = read(other.after) if other.after is not None else None
        except Unparsed:
            continue
        if proto is not None and proto.package == package:
            found.update(proto.messages)
    return found


def _gone(subject: Subject, what: str) -> Finding:
    return costly(
        subject,
        None,
        f"{what} is gone: whoever was built with it can no longer be built or answered",
        undo="a revert brings it back; whoever moved on meanwhile stays",
        remedy="mark it deprecated, and take it out once nobody uses it",
        anchor=what,
    )


def _message(
    subject: Subject, old: Message, new: Message, messages: tuple[dict[str, Message], dict[str, Message]]
) -> Iterator[Finding]:
    if old.kind == "enum" and any(old.alias):
        return
    by_number = {field.number: field for field in new.fields}
    by_name = {field.name: field for field in new.fields}
    for field in old.fields:
        name = f"{old.name}.{field.name}"
        now = by_number.get(field.number)
        if now is None:
            yield from _without(subject, name, field, by_name.get(field.name), new)
        elif old.kind == "enum":
            if now.name != field.name and field.name in by_name:
                yield _misread(subject, now.line, f"{name}: its number {field.number} is {now.name} now")
            elif now.name != field.name:
                yield _renamed(subject, now.line, name, now.name)
        else:
            yield from _field(subject, name, field, now, by_name, messages)
    for field in new.fields:
        if field.label == "required" and field.name not in {one.name for one in old.fields}:
            yield _misread(subject, field.line, f"{new.name}.{field.name} is new and required")


def _without(subject: Subject, name: str, field: Field, moved: Field | None, new: Message) -> Iterator[Finding]:
    """Yield the finding for a number that nothing has any more."""
    if moved is not None:
        yield _misread(subject, moved.line, f"{name} goes from number {field.number} to {moved.number}")
    elif any(low <= field.number <= high for low, high in new.reserved):
        yield costly(
            subject,
            subject.place_of_old(field.line),
            f"{name} is taken out, its number reserved: old readers get the default instead",
            undo="take the reservation back and declare the field as it was; values dropped meanwhile are lost",
            remedy="mark it deprecated, and take it out once nobody reads it",
            anchor=name,
        )
    else:
        yield irreversible(
            subject,
            subject.place_of_old(field.line),
            f"{name} is taken out and its number {field.number} not reserved: a later field may give old messages "
            "another meaning",
            undo="declare it again under the same number, as long as nothing else took it",
            remedy=f"reserve it: reserved {field.number};",
            anchor=name,
        )


def _field(
    subject: Subject,
    name: str,
    old: Field,
    new: Field,
    by_name: dict[str, Field],
    messages: tuple[dict[str, Message], dict[str, Message]],
) -> Iterator[Finding]:
    alike = any(old.type in kinds and new.type in kinds for kinds in _ALIKE)
    alike = alike or _same_wire(messages[0].get(old.type), messages[1].get(new.type))
    if old.type != new.type and old.type.rpartition(".")[2] != new.type.rpartition(".")[2]:
        if not alike:
            yield _misread(subject, new.line, f"{name} goes from {old.type} to {new.type} under number {old.number}")
            return
        yield _renamed(subject, new.line, name, f"{new.type} instead of {old.type}: values may be cut off")
    if old.name != new.name and old.name in by_name:
        yield _misread(subject, new.line, f"number {old.number} of {name} is {new.name} now")
    elif old.name != new.name:
        yield _renamed(subject, new.line, name, new.name)
    if (old.label == "repeated") != (new.label == "repeated"):
        yield _misread(subject, new.line, f"{name} is {'repeated' if new.label == 'repeated' else 'single'} now")
    elif old.label != "required" and new.label == "required":
        yield _misread(subject, new.line, f"{name} is required now")


def _same_wire(old: Message | None, new: Message | None) -> bool:
    """Say whether two messages of different names give the numbers they share the same types."""
    if old is None or new is None or old.kind != new.kind:
        return False
    types = {field.number: field.type for field in old.fields}
    return all(types.get(field.number, field.type) == field.type for field in new.fields)


def _misread(subject: Subject, line: int, what: str) -> Finding:
    return irreversible(
        subject,
        line,
        f"{what}: messages written before are misread, and the reverse",
        undo="a revert reads the old messages again; those written meanwhile are misread in their turn",
        remedy="add a field under a new number, write both, and reserve the old one later",
        anchor=what,
    )


def _renamed(subject: Subject, line: int, name: str, to: str) -> Finding:
    return costly(
        subject,
        line,
        f"{name} becomes {to}: the binary form stays, JSON and generated code do not",
        undo="rename it back together with all code built from it",
        remedy="add it under a new number beside the old one",
        anchor=name,
    )


def _bare(said: str) -> str:
    """Return a type without its package: the same one may be named in full or not."""
    stream, _, name = said.rpartition(" ")
    return f"{stream} {name.rpartition('.')[2]}"


def _services(subject: Subject, old: Proto, new: Proto | None, facts: Facts) -> Iterator[Finding]:
    now = dict(new.procedures) if new is not None else {}
    for other in facts.subjects:
        if other.path != subject.path and other.after is not None:
            try:
                now.update(read(other.after).procedures)
            except Unparsed:
                continue
    for name, (asked, answered, _) in old.procedures.items():
        if name not in now:
            yield _gone(subject, f"procedure {name}")
        elif (_bare(asked), _bare(answered)) != (_bare(now[name][0]), _bare(now[name][1])):
            yield _misread(subject, now[name][2], f"procedure {name} takes or gives another type")
