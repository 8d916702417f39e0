"""Folds: what stands below the one screen of a Markdown report, section by section, each of a bounded length."""

from __future__ import annotations

from pytest_syncpoints.record import Record
from pytest_syncpoints.render.escape import clipped, markdown, markdown_code
from pytest_syncpoints.render.screen import (
    MOST_ROWS,
    check_words,
    command,
    drift_words,
    learned,
    level_words,
    meeting_words,
    meetings,
    place,
    plural,
    ranked,
    remembered,
    ways_out,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.report import Evidence, Report, ReportFile, ReportSyncpoint

MOST_LINES = 100  # of one section
NAME, SENTENCE, PATH = 80, 400, 240  # characters shown of each


class Section(Record):
    """One fold: a title of our own words, and Markdown."""

    title: str
    body: str


def sections(report: Report) -> Iterator[Section]:
    """Yield the sections that have something to say, in the order people ask for them."""
    for title, lines in (
        _findings(report),
        _reading_order(report),
        _syncpoints(report),
        _tests(report),
        _news(report),
        _loops(report),
        _split(report),
        _risk(report),
        _checks(report),
    ):
        if lines:
            yield Section(title, "\n".join(_bounded(lines)))
    yield Section("How this was judged", "\n".join(_origin(report)))


def _bounded(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[: MOST_LINES - 1], f"\nAnd {len(lines) - MOST_LINES + 1:,} more in the JSON report."]


def _text(text: str, *, most: int = SENTENCE) -> str:
    return markdown(clipped(text, most))


def _path(path: str, line: int | None = None, end_line: int | None = None) -> str:
    return markdown_code(clipped(place(path, line, end_line), PATH))


def _findings(report: Report) -> tuple[str, list[str]]:
    order = [*ranked(report.findings), *(finding for finding in report.findings if finding.exempted is not None)]
    return f"All findings ({len(order)}: {level_words(order)})", [_finding(finding) for finding in order]


def _finding(finding: Finding) -> str:
    level = finding.level if finding.exempted is None else "exempted"
    title = _text(f"{finding.rule} {finding.name}", most=NAME)
    where = f" {_path(finding.path, finding.line, finding.end_line)}" if finding.path else ""
    about = f" at {_text(finding.syncpoint, most=NAME)}" if finding.syncpoint else ""
    lines = [f"- **{title}** ({level}){where}{about}: {_text(finding.message)}"]
    if finding.exempted is not None:
        until = f" until {_text(finding.exempted.until, most=NAME)}" if finding.exempted.until else ""
        lines.append(f"  Exempted{until}: {_text(finding.exempted.because)}")
    lines += [f"  {_text(way)}" for way in ways_out(finding)]
    return "\n".join(ended(lines))


def ended(lines: list[str]) -> list[str]:
    """Return lines that are sentences of their own, since a summary or a file reads a line end as a space."""
    return [*(line if line.endswith((".", "!", "?", ":")) else f"{line}." for line in lines[:-1]), *lines[-1:]]


def _reading_order(report: Report) -> tuple[str, list[str]]:
    files = {file.path: file for file in report.change.files}
    ordered = [files.pop(path) for path in report.plan.order if path in files]
    every = [*ordered, *files.values()]
    title = "Reading order" if ordered else "Changed files"
    return f"{title} ({len(every):,})", [f"{number}. {_file(file)}" for number, file in enumerate(every, 1)]


def _file(file: ReportFile) -> str:
    lines = "binary" if file.binary else f"{file.added:,} added, {file.deleted:,} deleted"
    word = {"A": "new, ", "D": "deleted, ", "T": "type changed, "}.get(file.status, "")
    generated = ", generated" if file.generated else ""
    source = f", from {_path(file.old_path)}" if file.old_path else ""
    owners = ", ".join(_text(owner, most=NAME) for owner in file.owners[:4]) + (", ..." if len(file.owners) > 4 else "")
    return f"{_path(file.path)}: {word}{lines}{generated}{source}{f'; {owners}' if owners else ''}"


def _syncpoints(report: Report) -> tuple[str, list[str]]:
    lines: list[str] = []
    for syncpoint in report.syncpoints:
        lines.extend(_syncpoint(syncpoint, report))
    return f"Sync points touched ({len(report.syncpoints)})", lines


def _syncpoint(syncpoint: ReportSyncpoint, report: Report) -> Iterator[str]:
    why = "; ".join(_text(why) for why in syncpoint.why)
    yield f"- **{_text(syncpoint.name, most=NAME)}** ({syncpoint.mode}){f': {why}' if why else ''}"
    for meeting in meetings(report):
        if meeting.syncpoint.name != syncpoint.name:
            continue
        one = meeting.participant
        yield f"  - {_text(one.team, most=NAME)}, {', '.join(meeting.purposes)}: {_text(meeting_words(one))}"
        if one.drift is not None and one.drift.changes:
            yield f"    {_text(drift_words(one.team, one.drift))}"
    yield f"  - sign-offs bind {markdown_code(clipped(syncpoint.digest, NAME))}"


def _tests(report: Report) -> tuple[str, list[str]]:
    evidence = report.evidence
    if evidence is None:
        return "", []
    lines = [
        f"- {_path(path)}: {plural(len(file.missed), 'changed line')} run by no test: {_text(_ranges(file.missed))}"
        for path, file in evidence.files.items()
        if file.missed
    ]
    lines += [
        f"- contract of {_text(one.component, most=NAME)}: {_text(one.nodeid)} {_text(one.outcome, most=NAME)}"
        for one in evidence.contracts
    ]
    lines += _mutants(evidence)
    outcomes = ", ".join(f"{count:,} {_text(word, most=NAME)}" for word, count in sorted(evidence.tests.items()))
    return "Tests", [*lines, f"- {evidence.ran:,} of {plural(evidence.collected, 'test')} ran: {outcomes}"]


def _mutants(evidence: Evidence) -> list[str]:
    if evidence.mutants is None:
        return []
    return [
        f"- {_path(one.path, one.line)}: no test notices {_code(one.after)} in place of {_code(one.before)}"
        for one in evidence.mutants.survivors
    ]


def _code(text: str) -> str:
    return markdown_code(clipped(text.strip(), NAME))


def _ranges(lines: Sequence[int]) -> str:
    """Return ``3-5, 9`` for the lines 3, 4, 5 and 9; the first twenty runs of them."""
    runs: list[list[int]] = []
    for line in sorted(lines):
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    words = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    return ", ".join(words[:20]) + (", ..." if len(words) > 20 else "")


def _news(report: Report) -> tuple[str, list[str]]:
    lines: list[str] = []
    for news in (*learned(report), *remembered(report)):
        source = f" ({markdown_code(news.sha[:12])})" if news.sha else ""
        where = f" in {_path(news.path)}" if news.path else ""
        lines.append(f"- {_text(news.kind, most=NAME)}{where}: {_text(news.text)}{source}")
    title = "What others learned since your last change here" if learned(report) else "Lines that a fix had added"
    return f"{title} ({len(report.news)})", lines


def _loops(report: Report) -> tuple[str, list[str]]:
    plan = report.plan
    words = (("closes", plan.loops.closes), ("leaves open", plan.loops.open), ("skips", plan.loops.skips))
    lines = [f"- {word} {', '.join(_text(team, most=NAME) for team in teams)}" for word, teams in words if teams]
    for one in plan.reviewers:
        load = "" if one.load is None else f"; {one.load:,.0f} minutes of review already waiting"
        teams = ", ".join(_text(team, most=NAME) for team in one.for_)
        reasons = "; ".join(_text(reason) for reason in one.reasons)
        lines.append(f"- {_text(one.who, most=NAME)} could speak for {teams}: {reasons}{load}")
    return "Loops and reviewers", lines


def _split(report: Report) -> tuple[str, list[str]]:
    lines = [
        f"{number}. {_text(part.title)}: {', '.join(_path(path) for path in part.paths[:MOST_ROWS])}"
        + (f" and {len(part.paths) - MOST_ROWS:,} more" if len(part.paths) > MOST_ROWS else "")
        for number, part in enumerate(report.plan.split, 1)
    ]
    return f"Could land as {plural(len(lines), 'change')}", lines


def _risk(report: Report) -> tuple[str, list[str]]:
    risk = report.risk
    if risk is None:
        return "", []
    from pytest_syncpoints.risk.model import weighty

    rank = "" if risk.percentile is None else f", more than {_text(f'{risk.percentile:.0f}')} of 100 changes here"
    lines = [
        f"- {risk.probability:.0%} for a later fix{rank}; any change here: {risk.base_rate:.0%}",
        *(f"- {_text(f'{one.effect:+.2f} {one.name}', most=NAME)}: {_text(one.text)}" for one in weighty(risk.factors)),
    ]
    if risk.missing:
        lines.append(f"- not measured: {_text(', '.join(risk.missing))}")
    model = f"{_text(risk.model.name, most=NAME)}, calibrated on {_text(risk.model.calibrated_on, most=NAME)}"
    return "Risk", [*lines, f"- model {model} ({plural(risk.model.n, 'change')})"]


def _checks(report: Report) -> tuple[str, list[str]]:
    lines: list[str] = []
    for outcome in report.outcomes:
        reason = f": {_text(outcome.reason)}" if outcome.reason else ""
        lines.append(f"- {_text(check_words(outcome.check), most=NAME)} {outcome.status}{reason}")
    return f"Checks ({len(lines)})", lines


def _origin(report: Report) -> Iterator[str]:
    change, policy = report.change, report.policy
    yield f"- Change: {_text(change.chosen)}"
    if policy is not None:
        commit = f" of {markdown_code(policy.commit[:12])}" if policy.commit else " of the index"
        yield f"- Policy: {_path(policy.path)}{commit}"
    yield f"- Levels: those of the {report.door} door"
    yield f"- The same on your machine: {markdown_code(clipped(f'{command(change)} --door {report.door}', PATH))}"
    yield f"- pytest-syncpoints {_text(report.tool_version, most=NAME)}"
