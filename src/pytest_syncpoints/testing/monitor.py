"""Monitor: the lines each test runs, through ``sys.monitoring`` (PEP 669, Python 3.12) and on changed code alone."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from pytest_syncpoints.record import Record
from pytest_syncpoints.testing.recording import IMPORT, OUTSIDE, Recording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType

    from pytest_syncpoints.testing.recording import Segment
    from pytest_syncpoints.testing.watch import WatchedFile

# 0, 1, 2 and 5 are spoken for (debuggers, coverage, profilers, optimizers: the documentation of sys.monitoring).
SLOTS = (4, 3)
TOOL = "pytest-syncpoints"
_sys: Any = sys  # type checkers look at Python 3.11, where this module is never imported
_OPTIMIZED = 0x1  # inspect.CO_OPTIMIZED: set for functions, not for the bodies of modules and classes


class _Armed(Record):
    """A code object that holds watched lines; it is kept, so that no other can get its id.

    ``numbers`` are the recording's numbers for the sets of its lines that ran so far, ``None`` where none is watched.
    """

    code: CodeType
    file: int
    on_import: bool
    numbers: dict[frozenset[int], int | None]


class LineMonitor:
    """Records the watched lines that ran, told apart by test.

    A code object is armed when it first starts; each line of it then tells once and falls silent, until the next
    test re-arms the code objects that told anything. So a test that runs no changed code costs nothing, and a loop
    in changed code costs as much as one pass. ``line_events`` and ``rearms`` count both.
    """

    def __init__(self, files: Sequence[WatchedFile]) -> None:
        """Remember what to look at; nothing is measured before ``start``."""
        self._files = files
        self._numbers: dict[str, int | None] = {file.filename: n for n, file in enumerate(files) if file.lines}
        self._tool: int | None = None
        self._armed: dict[int, _Armed] = {}
        self._class_bodies: dict[int, CodeType] = {}
        self._events: list[tuple[CodeType, int]] = []
        self._marks: list[tuple[int, Segment]] = [(0, OUTSIDE)]
        self._recording = Recording(len(files))
        self.line_events = 0
        self.rearms = 0

    @property
    def segment(self) -> Segment:
        """Return what the lines run now are recorded under."""
        return self._marks[-1][1]

    def start(self) -> str | None:
        """Begin to measure; returns why that is not possible, where it is not."""
        monitoring = _sys.monitoring
        for slot in SLOTS:
            try:
                monitoring.use_tool_id(slot, TOOL)
            except ValueError:
                continue
            self._tool = slot
            break
        else:
            taken = " and ".join(str(monitoring.get_tool(slot)) for slot in SLOTS)
            return f"the measuring slots of sys.monitoring are taken by {taken}"
        append, disable = self._events.append, monitoring.DISABLE

        def line_ran(code: CodeType, line: int) -> Any:
            append((code, line))
            return disable

        self._line_ran = line_ran
        monitoring.register_callback(self._tool, monitoring.events.LINE, line_ran)
        monitoring.register_callback(self._tool, monitoring.events.PY_START, self._started)
        monitoring.set_events(self._tool, monitoring.events.PY_START)
        return None

    def stop(self) -> str | None:
        """End measuring; returns what another tool did to it meanwhile."""
        if self._tool is None:
            return None
        monitoring, tool = _sys.monitoring, self._tool
        self._settle()
        self._tool = None
        if monitoring.get_tool(tool) != TOOL:
            return f"another tool ({monitoring.get_tool(tool)}) took the measuring slot {tool}"
        replaced = monitoring.register_callback(tool, monitoring.events.LINE, None) is not self._line_ran
        replaced |= not monitoring.get_events(tool) & monitoring.events.PY_START
        monitoring.register_callback(tool, monitoring.events.PY_START, None)
        monitoring.set_events(tool, 0)
        for armed in self._armed.values():
            monitoring.set_local_events(tool, armed.code, 0)
        monitoring.free_tool_id(tool)
        return f"another tool changed the measuring slot {tool}" if replaced else None

    def begin(self, segment: Segment) -> None:
        """Start a test: all lines tell again."""
        self._settle()
        self._marks = [(0, segment)]

    def mark(self, segment: Segment) -> None:
        """Start another part of the same test: lines that told keep silent, so each counts where it ran first."""
        if self._marks[-1][0] == len(self._events):
            self._marks.pop()
        self._marks.append((len(self._events), segment))

    def recording(self) -> Recording:
        """Return what ran so far."""
        self._settle()
        return self._recording

    def _started(self, code: CodeType, _offset: int) -> Any:
        """Arm a code object of a watched file when it starts; never asked of again."""
        name = code.co_filename
        try:
            number = self._numbers[name]
        except KeyError:
            number = self._numbers[name] = self._numbers.get(_real(name))
        if number is not None:
            self._arm(code, number)
        return _sys.monitoring.DISABLE

    def _arm(self, code: CodeType, number: int) -> None:
        on_import = code.co_name == "<module>" or id(code) in self._class_bodies
        if on_import:
            self._class_bodies.update((id(const), const) for const in code.co_consts if _is_class_body(const))
        file = self._files[number]
        first, lines = file.first, file.lines
        if self._tool is not None and any(first.get(line, line) in lines for _, _, line in code.co_lines() if line):
            self._armed[id(code)] = _Armed(code, number, on_import, {})
            _sys.monitoring.set_local_events(self._tool, code, _sys.monitoring.events.LINE)

    def _settle(self) -> None:
        """Sort the events of the test that ends, and arm again what told any."""
        events, marks = self._events, self._marks
        count = len(events)
        if not count:
            return
        fired: dict[int, _Armed] = {}
        ends = [at for at, _ in marks[1:]] + [count]
        for (start, segment), end in zip(marks, ends, strict=True):
            if start < end:
                self._record(events[start:end], segment, fired)
        del events[:count]
        self._marks = [(0, marks[-1][1])]
        self.line_events += count
        self._rearm(fired)

    def _record(self, events: list[tuple[CodeType, int]], segment: Segment, fired: dict[int, _Armed]) -> None:
        """Record the lines of one part of a test; this runs once an event, so it looks up as little as it can."""
        by_code: dict[int, list[int]] = {}
        latest, add = None, None
        for code, line in events:
            if code is not latest:
                latest, key = code, id(code)
                lines = by_code.get(key)
                if lines is None:
                    lines = by_code[key] = []
                add = lines.append
            add(line)  # type: ignore[misc]  # the first event is of another code object than none
        ran: set[int] = set()
        for key, lines in by_code.items():
            armed = fired[key] = self._armed[key]
            seen = frozenset(lines)
            number = armed.numbers[seen] if seen in armed.numbers else self._numbered(armed, seen)
            if number is not None and armed.on_import:
                self._recording.note(IMPORT, {number})
            elif number is not None:
                ran.add(number)
        if ran:
            self._recording.note(segment, ran)

    def _numbered(self, armed: _Armed, ran: frozenset[int]) -> int | None:
        """Number the watched lines among those of a code object that ran, and that its function was reached."""
        file = self._files[armed.file]
        found = frozenset(file.first.get(line, line) for line in ran) & file.lines
        if not armed.on_import:
            found |= {-armed.code.co_firstlineno}
        armed.numbers[ran] = self._recording.number(armed.file, found) if found else None
        return armed.numbers[ran]

    def _rearm(self, fired: dict[int, _Armed]) -> None:
        tool = self._tool
        if tool is None or _sys.monitoring.get_tool(tool) != TOOL:
            return
        set_local_events, line = _sys.monitoring.set_local_events, _sys.monitoring.events.LINE
        for armed in fired.values():
            if not armed.on_import:  # a module's body does not run again; a reloaded one is new code
                set_local_events(tool, armed.code, 0)
                set_local_events(tool, armed.code, line)
                self.rearms += 1


def _is_class_body(const: object) -> bool:
    return hasattr(const, "co_flags") and not const.co_flags & _OPTIMIZED


def _real(name: str) -> str:
    """Return the real path of a source; names such as ``<string>`` are none."""
    return "" if name.startswith("<") else os.path.realpath(name)
