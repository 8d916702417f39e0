"""Feature flags that go: what could be switched off in seconds then takes a deployment."""

from __future__ import annotations

import re

from pytest_syncpoints.detectors.places import FLAG_CALLS
from pytest_syncpoints.subject import costly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

_CODE = (".py", ".js", ".jsx", ".ts", ".tsx", ".go", ".rb", ".java", ".kt", ".cs", ".php", ".swift", ".rs", ".scala")
_COMMENT = ("#", "//", "*", "/*", "--")
# The key is the first literal of the call, after at most one plain argument (a request, a context).
_KEY = re.compile(r"\s*(?:[\w.]{1,60}\s*,\s*)?[\"']([\w.:/-]{2,120})[\"']")
MOST_OF_A_LINE = 2_000


def judge(subject: Subject, facts: Facts) -> Iterator[Finding]:
    """Yield each flag that the old lines ask about and that no changed file mentions any more."""
    if not subject.path.endswith(_CODE):
        return
    kept = [other.after for other in facts.subjects if other.after is not None]
    for line, key in _keys(subject):
        quoted = (f'"{key}"'.encode(), f"'{key}'".encode())
        if not any(form in content for content in kept for form in quoted):
            yield costly(
                subject,
                subject.place_of_old(line),
                f"the flag {key} is asked no more: what it guarded cannot be switched off",
                undo="a deployment of the code before",
                remedy="leave the flag on in every environment for a release, then take it out",
                anchor=key,
            )


def _keys(subject: Subject) -> list[tuple[int, str]]:
    found: dict[str, int] = {}
    for hunk in subject.file.hunks:
        for number, raw in enumerate(hunk.removed, hunk.old_start):
            line = raw[:MOST_OF_A_LINE]
            if line.lstrip().startswith(tuple(mark.encode() for mark in _COMMENT)):
                continue
            for call in FLAG_CALLS:
                _, asked, rest = line.partition(call)
                key = _KEY.match(rest.decode("utf-8", "replace")) if asked else None
                if key is not None:
                    found.setdefault(key[1], number)
    return [(number, key) for key, number in found.items()]
