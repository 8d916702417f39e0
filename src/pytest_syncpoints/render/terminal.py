"""Terminal: a report as lines of plain text, for the commit hook and the command line."""

from __future__ import annotations

from pytest_syncpoints.render.escape import clipped, visible
from pytest_syncpoints.render.screen import (
    MOST_ROWS,
    SHORT,
    Meeting,
    Row,
    command,
    crashed,
    drift_words,
    facts,
    is_clear,
    learned,
    listed,
    meeting_words,
    meetings,
    news_words,
    open_because,
    place,
    plural,
    remedy_words,
    remembered,
    risk_words,
    rows,
    unseen,
    unseen_by_reason,
)
from pytest_syncpoints.render.wrap import columns, wrapped
from pytest_syncpoints.summary import SIGN_OFF_RULES, counts, needed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.report import Report, ReportParticipant

name = "text"
suffix = ".txt"
media_type = "text/plain"

INDENT = 7  # the widest label and a space: what belongs to a line above stands under its text
COLORS = {
    "block": "1;31",
    "warn": "33",
    "note": "36",
    "crash": "1;31",
    "open": "33",
    "stale": "33",
    "met": "32",
    "head": "1",
}


def render(
    report: Report,
    *,
    color: bool = False,
    width: int = 100,
    mode: Literal["hook", "check"] = "check",
    explain: bool = False,
    verbose: bool = False,
) -> str:
    """Return the report as text of lines at most ``width`` wide (a single longer word stands alone).

    ``mode="hook"`` is for a commit or push that goes ahead or stops: it is empty when the change is clear and
    nothing is new. Otherwise a clear change is one line. At most five findings are shown, worst first.
    ``verbose`` shows every finding, notes too; ``explain`` gives the whole tree of results instead. ``color`` marks
    words that stand there anyway.
    """
    paint = _Paint(color=color, width=width)
    if explain:
        from pytest_syncpoints.render.explain import tree

        lines = [*paint.flush(f"syncpoints: {_verdict(report, mode)}", "head"), *tree(report, width)]
    elif mode == "hook" and is_clear(report) and not report.news:
        lines = []
    elif is_clear(report) and not (verbose and report.findings):
        lines = [_clear(report, paint.width), *_news(report, paint), *_met(report, paint)]
    else:
        lines = list(_result(report, paint, mode, verbose=verbose))
    return "".join(f"{line}\n" for line in lines)


class _Paint:
    """Lays out lines: labels in a column of their own, text wrapped beside them."""

    def __init__(self, *, color: bool, width: int) -> None:
        self.color = color
        self.width = max(width, 40)

    def colored(self, text: str, kind: str) -> str:
        return f"\x1b[{COLORS[kind]}m{text}\x1b[0m" if self.color and kind in COLORS else text

    def labelled(self, label: str, text: str) -> Iterator[str]:
        """Yield ``label  text`` with the label in its colour and the text wrapped under itself."""
        first, *rest = wrapped(text, self.width - INDENT)
        yield (self.colored(label, label) + " " * (INDENT - len(label)) + first).rstrip()
        yield from (" " * INDENT + line for line in rest)

    def under(self, text: str) -> Iterator[str]:
        """Yield text that belongs to the line above."""
        yield from (" " * INDENT + line for line in wrapped(text, self.width - INDENT) if line)

    def flush(self, text: str, kind: str = "") -> Iterator[str]:
        """Yield text from the left edge, its continuation set in."""
        first, *rest = wrapped(text, self.width, hanging=INDENT)
        yield self.colored(first, kind)
        yield from (" " * INDENT + line for line in rest)


def _clear(report: Report, width: int) -> str:
    """Return the one line of a clear change, with as many of its facts as fit."""
    waiting = [what for what, _ in unseen(report)]
    gap = f" ({listed(waiting)} not looked at)" if waiting else ""
    notes = sum(1 for finding in report.findings if finding.exempted is None and finding.level == "note")
    more = [f"{plural(notes, 'note')} (--explain)"] if notes else []
    more += ["no policy"] if report.policy is None else []
    told = list(facts(report, reading_time=False))  # the size first, where it was compared last
    while True:
        line = visible(f"syncpoints: {'; '.join((report.verdict.summary, *told, *more))}{gap}")
        if len(told) <= 1 or columns(line) <= width:
            return line
        told.pop()


def _met(report: Report, paint: _Paint) -> Iterator[str]:
    for meeting in meetings(report):
        yield from _meeting(meeting, paint)


def _result(report: Report, paint: _Paint, mode: str, *, verbose: bool = False) -> Iterator[str]:
    """Yield the screen of a change somebody has to act on."""
    yield from paint.flush(f"syncpoints: {_verdict(report, mode)}", "head")
    if report.simulated:
        yield from paint.flush(f"Simulated, not a verdict: {', '.join(report.simulated)}")
    for check, reason in crashed(report):
        yield from paint.labelled("crash", f"check {check} crashed, so this is not the whole review: {reason}")
    telling = [finding for finding in report.findings if verbose or counts(finding)]
    shown, hidden = rows(telling, most=len(telling) if verbose else MOST_ROWS)
    titles = max((columns(_title(row)) for row in shown), default=0)
    for row in shown:
        yield from _finding(row, report, paint, titles)
    yield from _meetings(report, paint, mode)
    if hidden:
        yield from paint.under(f"and {hidden:,} more: {command(report.change)} --explain")
    if report.plan.sentence and needed(report.syncpoints):
        yield from paint.labelled("Meet", report.plan.sentence)
    yield from _split(report, paint)
    yield from _news(report, paint)
    yield from _risk(report, paint)
    yield from _unseen(report, paint, "Later" if mode == "hook" else "Unseen")
    yield from _facts(report, paint, mode)


def _split(report: Report, paint: _Paint) -> Iterator[str]:
    """Yield the parts a change could land in, as many as fit; their paths stand in the other formats."""
    parts = report.plan.split
    if parts:
        yield from paint.labelled("Split", f"could land as {len(parts):,} changes, in this order:")
        for number, part in enumerate(parts[:MOST_ROWS], 1):
            yield from paint.under(f"{number}. {clipped(part.title, 160)} ({plural(len(part.paths), 'file')})")
        if len(parts) > MOST_ROWS:
            yield from paint.under(f"and {len(parts) - MOST_ROWS:,} more")


def _facts(report: Report, paint: _Paint, mode: str) -> Iterator[str]:
    """Yield the facts and the command that explains, which stays on one line so that it can be copied."""
    known = "; ".join(facts(report, reading_time=mode != "hook"))
    why = f"why: {command(report.change)} --explain"
    if columns(known) + len(why) + 2 <= paint.width:
        yield visible(f"{known}; {why}")
    else:
        yield from paint.flush(known)
        yield visible(why)


def _verdict(report: Report, mode: str) -> str:
    """Return the sentence of the verdict; at a hook it first says whether the commit or push goes ahead."""
    if mode != "hook":
        return report.verdict.summary
    act = "commit" if report.change.kind in ("staged", "worktree") else "push"
    if report.verdict.blocked:
        return f"{act} stopped; {report.verdict.summary.removeprefix('blocked: ')}"
    to_come = needed(report.syncpoints)
    return f"{act} goes ahead; " + (f"the merge will need {to_come}" if to_come else report.verdict.summary)


def _title(row: Row) -> str:
    return visible(f"{row.finding.rule} {row.finding.name}")


def _finding(row: Row, report: Report, paint: _Paint, titles: int) -> Iterator[str]:
    finding = row.finding
    title = _title(row)
    title += " " * (titles - columns(title))
    more = f" and {row.more:,} more" if row.more else ""
    if finding.path is None:
        yield from paint.labelled(finding.level, f"{title}  {finding.message}{more}")
    else:
        where = place(finding.path, finding.line, finding.end_line)
        yield from paint.labelled(finding.level, f"{title}  {where}{more}")
        yield from paint.under(finding.message)
    for line in _because(finding, report):
        yield from paint.under(line)
    if finding.undo:
        yield from paint.under(f"undo: {finding.undo}")
    if finding.remedy:
        yield from paint.under(remedy_words(finding))


def _because(finding: Finding, report: Report) -> Iterator[str]:
    """Yield what the participants of a sign-off finding say of themselves, each sentence once."""
    said = [finding.message]
    for one in _waited_for(finding, report):
        because = open_because(one)
        if because and because not in said:
            said.append(because)
            yield because
        if one.drift is not None and one.drift.changes:
            sentence = drift_words(one.team, one.drift)
            if sentence not in said:
                said.append(sentence)
                yield sentence


def _waited_for(finding: Finding, report: Report) -> Iterator[ReportParticipant]:
    for syncpoint in report.syncpoints:
        if syncpoint.name != finding.syncpoint or finding.rule not in SIGN_OFF_RULES:
            continue
        for one in syncpoint.participants:
            if one.team in finding.who and one.status in ("open", "stale"):
                yield one


def _meetings(report: Report, paint: _Paint, mode: str) -> Iterator[str]:
    """Yield the meetings no finding tells of; a hook leaves out those that are settled."""
    told = {(finding.syncpoint, who) for finding in report.findings for who in finding.who}
    for meeting in meetings(report):
        known = (meeting.syncpoint.name, meeting.participant.team) in told
        if not (meeting.is_unmet and known) and (meeting.is_unmet or mode != "hook"):
            yield from _meeting(meeting, paint)


def _meeting(meeting: Meeting, paint: _Paint) -> Iterator[str]:
    one = meeting.participant
    label = {"by-norm": "norm", "not-needed": "read"}.get(one.status, one.status)
    said = meeting_words(one)
    yield from paint.labelled(label, f"{meeting.syncpoint.name}/{one.team} ({', '.join(meeting.purposes)}): {said}")


def _news(report: Report, paint: _Paint) -> Iterator[str]:
    if learned(report):
        yield from paint.labelled("News", f"since your last change here: {news_words(report)}")
        for news in learned(report)[:3]:
            yield from paint.under(f"{news.kind}: {news.text}")
    yield from _memory(report, paint)


def _memory(report: Report, paint: _Paint) -> Iterator[str]:
    """Yield the fixes whose lines this change alters: it may reopen what they mended."""
    for number, news in enumerate(remembered(report)[:3]):
        label = "" if number else "Memory"
        yield from paint.labelled(label, f"{news.path}: {news.text} ({(news.sha or '')[:SHORT]})")


def _risk(report: Report, paint: _Paint) -> Iterator[str]:
    words = risk_words(report)
    if words:
        yield from paint.labelled("Risk", words)


def _unseen(report: Report, paint: _Paint, label: str) -> Iterator[str]:
    waiting = "; ".join(f"{what}: {why}" if why else what for what, why in unseen_by_reason(report))
    if waiting:
        yield from paint.labelled(label, waiting)
    if report.policy is None:
        yield from paint.labelled("Policy", "none: owners files alone say who meets; a first one: syncpoints init")
