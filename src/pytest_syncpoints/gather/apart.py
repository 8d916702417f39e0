"""Apart: a large or deeply nested file is judged in a child process, which may crash or hang without harm."""

from __future__ import annotations

from pytest_syncpoints.finding import Finding
from pytest_syncpoints.gather.child import Job, Limits, run_in_child
from pytest_syncpoints.subject import NotRead, Unparsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.subject import Detector, Facts, Subject

LARGE = 4 << 20  # bytes of both sides; the parsers bound what they read of smaller files themselves
LIMITS = Limits(seconds=10.0, memory=1 << 30, largest=64 << 20, restarts=0)
_NESTED = tuple(bracket * 40 for bracket in (b"(", b"[", b"{", b"- "))


def ask_apart(detector: Detector, subject: Subject, facts: Facts) -> Iterable[Finding]:
    """Ask a detector about a file: here where that is safe, else in a child; raises as a detector does."""
    module = getattr(detector, "module", None)  # a plugin's detector answers here: its module is its own affair
    if module is None or not _is_hostile(subject):
        return detector.judge(subject, facts)
    return _apart(module, subject, facts)


def _is_hostile(subject: Subject) -> bool:
    contents = [content for content in (subject.before, subject.after) if content is not None]
    return sum(map(len, contents)) > LARGE or any(mark in content for content in contents for mark in _NESTED)


def _apart(module: str, subject: Subject, facts: Facts) -> Iterator[Finding]:
    import pickle

    packed = pickle.dumps((module, subject, facts))
    (answer,) = run_in_child([Job("pytest_syncpoints.undoing:judge_packed", (packed,))], LIMITS, packages=True)
    if answer.fault:
        raise Unparsed(f"{answer.fault}, in a process of its own")
    for values in answer.value["found"]:
        finding = Finding(*values)
        yield finding._replace(who=tuple(finding.who))
    if "unparsed" in answer.value:
        raise Unparsed(answer.value["unparsed"])
    if "not_read" in answer.value:
        raise NotRead(answer.value["not_read"])
