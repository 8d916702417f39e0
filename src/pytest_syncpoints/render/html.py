"""HTML: one page that holds the whole report and nothing from elsewhere: no script, no request, no font."""

from __future__ import annotations

import base64
from functools import cache

from pytest_syncpoints.record import Record
from pytest_syncpoints.render.escape import visible
from pytest_syncpoints.render.html_figures import quadrant, waterfall
from pytest_syncpoints.render.rule_titles import TITLES
from pytest_syncpoints.render.screen import (
    check_words,
    command,
    crashed,
    drift_words,
    facts,
    level_words,
    meeting_words,
    meetings,
    place,
    plural,
    ranked,
    state,
    unseen_by_reason,
    ways_out,
)
from pytest_syncpoints.signoff import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from pytest_syncpoints.hunk_lines import HunkCode
    from pytest_syncpoints.report import Evidence, FileEvidence, Report, ReportFile

name = "html"
suffix = ".html"
media_type = "text/html"

OPEN_FILES = 3  # shown unfolded; the rest opens on a click or the Enter key
MOST_FINDINGS = 100
MOST_FILES = 500
MOST_HUNKS = 100  # of one file, where its code is not at hand
STATUS = {"A": "new", "D": "deleted", "M": "changed", "T": "type changed"}


class Line(Record):
    """One line of a hunk as a page shows it: its numbers on both sides, where it has them, and what tests say of it."""

    old: int | None
    new: int | None
    text: str
    tests: int | None = None
    names: str = ""
    missed: bool = False
    survivor: str = ""


def render(report: Report, *, code: Mapping[str, tuple[HunkCode, ...]] | None = None) -> str:
    """Return the page. ``code`` holds the lines of hunks by path; a file without shows its line ranges.

    Its policy (Content-Security-Policy) allows one style sheet by its hash and nothing else, so that even a fault in
    escaping could run and fetch nothing.
    """
    return filled("page.html.jinja", ("page.css",), _values(report, code or {}))


def filled(template: str, styles: Sequence[str], values: Mapping[str, Any]) -> str:
    """Return a template's page with its style sheets inside it, as one, and their hash for its policy."""
    environment = _environment()
    # The parser of a page reads line ends as \n, and the hash is of what it reads.
    style = "".join(environment.get_template(name).render() for name in styles).replace("\r\n", "\n")
    digest = base64.b64encode(sha256(style.encode()).digest()).decode("ascii")
    page: str = environment.get_template(template).render(style=style, style_hash=digest, **values)
    return page


@cache
def _environment() -> Any:
    """Return the templates, compiled once a process."""
    import jinja2  # 80 ms, for this format alone

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pytest_syncpoints.render", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["coded"] = _coded
    return environment


def _harmless(value: Any) -> Any:
    """Return a value as the page may show it: control and direction characters visible; markup of ours as it is."""
    if hasattr(value, "__html__"):
        return value
    return visible(value) if isinstance(value, str) else value


def _coded(text: str) -> Any:
    """Return a sentence with what stands between backticks as code; a last one that is alone stays."""
    from markupsafe import Markup

    segments = text.split("`")
    if len(segments) % 2 == 0:
        last = segments.pop()
        segments[-1] += f"`{last}"
    parts = (
        Markup("<code>{}</code>").format(visible(segment)) if index % 2 else visible(segment)
        for index, segment in enumerate(segments)
    )
    return Markup("").join(parts)


def _values(report: Report, code: Mapping[str, tuple[HunkCode, ...]]) -> dict[str, Any]:
    files = list(_files(report, code))
    anchors = {file["path"]: file["anchor"] for file in files[:MOST_FILES]}
    shown = [*ranked(report.findings), *(finding for finding in report.findings if finding.exempted is not None)]
    return {
        "report": report,
        "state": "blocked" if report.verdict.blocked else "open" if shown else "clear",
        "facts": list(facts(report, reading_time=True)),
        "crashed": crashed(report),
        "unseen": unseen_by_reason(report),
        "meetings": [_meeting(meeting) for meeting in meetings(report)],
        "findings": [
            (finding, place_of(finding), anchors.get(finding.path or "")) for finding in shown[:MOST_FINDINGS]
        ],
        "level_words": level_words(shown),
        "more_findings": max(0, len(shown) - MOST_FINDINGS),
        "titles": TITLES,
        "ways_out": ways_out,
        "files": files[:MOST_FILES],
        "more_files": max(0, len(files) - MOST_FILES),
        "open_files": OPEN_FILES,
        "quadrant": quadrant(report.plan, report.syncpoints),
        "waterfall": waterfall(report.risk) if report.risk else None,
        "command": f"{command(report.change)} --door {report.door}",
        "check_words": check_words,
        "plural": plural,
    }


def place_of(finding: Any) -> str:
    """Return where a finding is, as ``path:14-20``; empty where it is about no file."""
    return place(finding.path, finding.line, finding.end_line) if finding.path else ""


def _meeting(meeting: Any) -> dict[str, Any]:
    one = meeting.participant
    return {
        "team": one.team,
        "syncpoint": meeting.syncpoint,
        "purposes": ", ".join(meeting.purposes),
        "status": one.status,
        "state": state(one),
        "because": meeting_words(one) if one.because else "",
        "drift": drift_words(one.team, one.drift) if one.drift is not None and one.drift.changes else "",
        "unmet": meeting.is_unmet,
    }


def _files(report: Report, code: Mapping[str, tuple[HunkCode, ...]]) -> Iterator[dict[str, Any]]:
    """Yield the changed files in reading order, each with what concerns it."""
    rank = {path: number for number, path in enumerate(report.plan.order)}
    counts: dict[str | None, int] = {}
    for finding in ranked(report.findings):
        counts[finding.path] = counts.get(finding.path, 0) + 1
    ordered = sorted(report.change.files, key=lambda file: rank.get(file.path, len(rank)))
    for number, file in enumerate(ordered, 1):
        evidence = report.evidence.files.get(file.path) if report.evidence else None
        yield {
            "anchor": f"file-{number}",
            "path": file.path,
            "file": file,
            "status": STATUS[file.status],
            "findings": counts.get(file.path, 0),
            "tests": _tests(evidence),
            "hunks": list(_hunks(report, file, code.get(file.path), evidence)),
            "ranges": _ranges(file) if file.path not in code else [],
        }


def _tests(evidence: FileEvidence | None) -> str:
    if evidence is None or not evidence.changed:
        return ""
    ran = len(set(evidence.changed) - set(evidence.missed))
    return f"tests run {ran:,} of {plural(len(evidence.changed), 'changed line')}"


def _ranges(file: ReportFile) -> list[str]:
    """Return the places of hunks in words, for a page without code."""
    said = []
    for old_start, old_lines, new_start, new_lines in file.hunks[:MOST_HUNKS]:
        if new_lines:
            last = new_start + new_lines - 1
            lines = f"line {new_start}" if new_lines == 1 else f"lines {new_start}-{last}"
            said.append(f"{lines} ({'+' + str(new_lines)}{f', -{old_lines}' if old_lines else ''})")
        else:
            said.append(f"{plural(old_lines, 'line')} deleted at {old_start}")
    if len(file.hunks) > MOST_HUNKS:
        said.append(f"and {len(file.hunks) - MOST_HUNKS:,} more places")
    return said


def _hunks(
    report: Report, file: ReportFile, code: tuple[HunkCode, ...] | None, evidence: FileEvidence | None
) -> Iterator[list[Line]]:
    survivors = _survivors(report.evidence, file.path)
    for (old_start, _, new_start, _), hunk in zip(file.hunks, code or (), strict=False):
        lines = [Line(old_start + at, None, text) for at, text in enumerate(hunk.removed)]
        for at, text in enumerate(hunk.added):
            number = new_start + at
            ran = evidence.executed.get(str(number)) if evidence else None
            lines.append(
                Line(
                    old=None,
                    new=number,
                    text=text,
                    tests=len(ran) if ran else None,
                    names=_names(report.evidence, ran or ()),
                    missed=evidence is not None and number in evidence.missed,
                    survivor=survivors.get(number, ""),
                )
            )
        yield lines


def _names(evidence: Evidence | None, indices: tuple[int, ...]) -> str:
    if evidence is None:
        return ""
    names = [evidence.nodeids[index] for index in indices[:3] if index < len(evidence.nodeids)]
    return ", ".join(names) + (f" and {len(indices) - 3} more" if len(indices) > 3 else "")


def _survivors(evidence: Evidence | None, path: str) -> dict[int, str]:
    if evidence is None or evidence.mutants is None:
        return {}
    found = (one for one in evidence.mutants.survivors if one.path == path)
    return {one.line: f"no test notices {one.after} in place of {one.before}" for one in found}
