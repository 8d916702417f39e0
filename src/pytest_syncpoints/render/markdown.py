"""Markdown: a report as a pull request comment or job summary: one screen, and the rest folded below it."""

from __future__ import annotations

from pytest_syncpoints.render.escape import clipped, markdown, markdown_code, url_path
from pytest_syncpoints.render.folds import sections
from pytest_syncpoints.render.screen import (
    MOST_ROWS,
    PARTICIPANT_RULES,
    Meeting,
    Row,
    crashed,
    drift_words,
    facts,
    is_clear,
    learned,
    listed,
    meetings,
    news_words,
    open_because,
    place,
    plural,
    remembered,
    risk_words,
    rows,
    state,
    unseen,
)
from pytest_syncpoints.summary import counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.render.folds import Section
    from pytest_syncpoints.report import Report, ReportFile

name = "markdown"
suffix = ".md"
media_type = "text/markdown"

LIMIT = 65_536  # characters of a comment on GitHub; GitLab and Gitea take more
SCREEN_LINES = 25
NAME, SENTENCE, PATH = 60, 240, 160  # characters shown of each on the screen

# What the address of a forge's files is made of; no bracket, quote, bar or space.
_IN_URL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:/-._~%?&=+@")

# How a place is spoken of in the table, by rule; the rule's name otherwise.
LOOK = {
    "REV001": "is costly to undo",
    "REV002": "has no way back",
    "REV003": "cannot be undone",
    "NRM001": "breaks a norm",
    "EVD001": "is run by no test",
    "EVD004": "could be wrong without a test noticing",
    "API001": "removes a public name",
    "API002": "changes a public signature",
    "OWN001": "has no owner",
}


def render(report: Report, *, file_url: str = "", limit: int = LIMIT) -> str:
    """Return the report as Markdown of at most ``limit`` characters, whatever the report holds.

    At most 25 lines stand before the first fold: the verdict and who must act, at most five rows each of
    participants and findings, worst first, what was not looked at, the facts. A clear change with nobody to
    meet is two lines and no fold. ``file_url`` is what a path is appended to for links to the head's files
    (``https://github.com/acme/ledger/blob/4f1c66e/``); without it there are none. Sections that do not fit are
    left out whole, and named.
    """
    if is_clear(report) and not meetings(report) and not report.news:
        return _clear(report)
    return _fitted("\n".join(_screen(report, file_url)) + "\n", sections(report), limit)


def _clear(report: Report) -> str:
    """Return the two lines of a change that needs nobody."""
    waiting = [what for what, _ in unseen(report)]
    said = [
        *facts(report, reading_time=False),
        *([f"{listed(waiting)} not looked at"] if waiting else []),
        *(["no policy"] if report.policy is None else []),
    ]
    heading = f"### Sync points: {_sentence(report.verdict.summary)}"
    return f"{heading}\n{' · '.join(_sentence(fact) for fact in said)}\n"


def _fitted(screen: str, folds: Iterable[Section], limit: int) -> str:
    """Return the screen with as many whole sections as fit, and the names of those that do not."""
    result, left_out = screen, []
    reserve = 400  # for the line that names what is left out
    for fold in folds:
        text = f"\n<details>\n<summary>{fold.title}</summary>\n\n{fold.body}\n\n</details>\n"
        if _length(result) + _length(text) > limit - reserve:
            left_out.append(fold.title)
        else:
            result += text
    if left_out:
        result += (
            f"\nLeft out to stay below {limit:,} characters: {', '.join(left_out)}. The JSON report has all of it.\n"
        )
    return result


def _length(text: str) -> int:
    """Count as forges do, in UTF-16: a character beyond the first plane is two."""
    return len(text.encode("utf-16-le")) // 2


def _screen(report: Report, file_url: str) -> list[str]:
    """Return the lines before the first fold; remedies of lesser findings give way if there are too many."""
    link = _Link(file_url)
    told = _told_by_table(report)
    head = [f"### Sync points: {_sentence(report.verdict.summary)}", *_table(report, link)]
    notices, rest = list(_notices(report)), list(_closing(report, told))
    shown, hidden = rows(finding for finding in report.findings if counts(finding) and finding not in told)
    if hidden:
        rest.insert(0, f"- And {plural(hidden, 'finding')} more, below.")
    room = SCREEN_LINES - len(head) - len(notices) - len(rest) - len(shown) - 4
    findings = [line for row in shown for line in _finding(row, link)]
    bullets = [*notices, *_thinned(findings, room), *rest]
    around = ["", *bullets, ""] if bullets else [""] * (len(head) > 1)
    tail = " · ".join(markdown(fact) for fact in facts(report, reading_time=not is_clear(report)))
    return [*head, *around, tail]


def _thinned(lines: list[str], room: int) -> list[str]:
    """Keep every bullet and as many of the lines below bullets as there is room for, the first ones."""
    kept = []
    for line in lines:
        if line.startswith("- "):
            kept.append(line)
        elif room > 0:
            kept.append(line)
            room -= 1
    return kept


class _Link:
    """Writes a place as code, linked where the address of the files is known."""

    def __init__(self, file_url: str) -> None:
        known = file_url.startswith(("https://", "http://"))
        self.file_url = "".join(filter(_IN_URL.__contains__, file_url)) if known else ""

    def __call__(self, finding: Finding, *, table: bool = False) -> str:
        path = finding.path or ""
        shown = path.rpartition("/")[2] if table else path
        text = markdown_code(clipped(place(shown, finding.line, finding.end_line), PATH), table=table)
        if not self.file_url:
            return text
        line = f"#L{finding.line}" if finding.line is not None else ""
        return f"[{text}]({self.file_url}{url_path(path)}{line})"


def _sentence(text: str, *, most: int = SENTENCE, table: bool = False) -> str:
    return markdown(clipped(text, most), table=table)


def _told_by_table(report: Report) -> set[Finding]:
    """Return the findings that say what a row of the table says already."""
    shown = {(meeting.syncpoint.name, meeting.participant.team) for meeting in meetings(report)}
    return {
        finding
        for finding in report.findings
        if finding.rule in PARTICIPANT_RULES
        and finding.who
        and all((finding.syncpoint, who) in shown for who in finding.who)
    }


def _table(report: Report, link: _Link) -> Iterator[str]:
    met = meetings(report)
    if not met:
        return
    several = len({meeting.syncpoint.name for meeting in met}) > 1
    yield from ("", "| Who | For | What to look at | State |", "|---|---|---|---|")
    shown = met if len(met) <= MOST_ROWS else met[: MOST_ROWS - 1]
    for meeting in shown:
        yield _meeting(meeting, report, link, several=several)
    if len(met) > len(shown):
        yield f"| and {len(met) - len(shown)} more | | below | |"


def _meeting(meeting: Meeting, report: Report, link: _Link, *, several: bool) -> str:
    who = _sentence(meeting.participant.team, most=NAME, table=True)
    purpose = ", ".join(meeting.purposes)
    at = f" at {_sentence(meeting.syncpoint.name, most=NAME, table=True)}" if several else ""
    shown = _sentence(state(meeting.participant), most=NAME, table=True)
    if meeting.is_unmet:
        who, shown = f"**{who}**", f"**{shown}**"
    return f"| {who} | {purpose}{at} | {_look(meeting, report, link)} | {shown} |"


def _look(meeting: Meeting, report: Report, link: _Link) -> str:
    """Return what to look at: why a word holds or lapsed, else the worst place and why it is open."""
    one = meeting.participant
    if one.because and one.status != "open":
        return _sentence(one.because, table=True)
    where = _worst(meeting.look, link) if meeting.look is not None and meeting.is_unmet else _extent(meeting, report)
    because = open_because(one)
    return f"{where}; {_sentence(because, table=True)}" if because else where


def _worst(finding: Finding, link: _Link) -> str:
    said = LOOK.get(finding.rule) or _sentence(finding.name.replace("-", " "), most=NAME, table=True)
    return f"{link(finding, table=True)} {said}"


def _extent(meeting: Meeting, report: Report) -> str:
    """Return how much of the change lies within a syncpoint."""
    components = meeting.syncpoint.components
    inside = _inside(meeting, report)
    lines, files = plural(sum(file.effective for file in inside), "line"), plural(len(inside), "file")
    parts = ", ".join(_sentence(component, most=NAME, table=True) for component in components[:3])
    return f"{lines} in {files} of {parts}" if parts else f"{lines} in {files}"


def _inside(meeting: Meeting, report: Report) -> list[ReportFile]:
    """Return the changed files that a syncpoint covers."""
    components = set(meeting.syncpoint.components)
    return [file for file in report.change.files if not components or components & set(file.components)]


def _notices(report: Report) -> Iterator[str]:
    """Yield what changes the meaning of everything below."""
    if report.simulated:
        yield f"- **Simulated, not a verdict:** {_sentence(', '.join(report.simulated))}"
    for check, reason in crashed(report)[:3]:
        yield f"- **Check {_sentence(check, most=NAME)} crashed**, so this is not the whole review: {_sentence(reason)}"


def _finding(row: Row, link: _Link) -> Iterator[str]:
    finding = row.finding
    where = f" {link(finding)}" if finding.path else ""
    more = f" and {row.more:,} more" if row.more else ""
    title = f"{_sentence(finding.rule, most=NAME)} {_sentence(finding.name, most=NAME)}"
    yield f"- **{title}** ({finding.level}){where}{more}: {_sentence(finding.message)}"
    if finding.undo:
        yield f"  Reversible way: {_sentence(finding.undo)}"
    if finding.remedy:
        yield f"  To settle: {_sentence(finding.remedy)}"


def _closing(report: Report, told: set[Finding]) -> Iterator[str]:
    unmet = [meeting for meeting in meetings(report) if meeting.is_unmet]
    drifts = [(one.participant.team, one.participant.drift) for one in unmet]
    far = [drift_words(team, drift) for team, drift in drifts if drift is not None and drift.ratio >= 1]
    if far and not any(finding.rule == "DRF001" for finding in report.findings):
        yield f"- **Drift:** {_sentence(far[0])}"
    if report.plan.sentence and unmet:
        yield f"- **How to meet:** {_sentence(report.plan.sentence)}"
    remedies = dict.fromkeys(finding.remedy for finding in report.findings if finding.remedy and finding in told)
    if remedies:
        settled_by = "; ".join(_sentence(remedy) for remedy in list(remedies)[:2])
        yield f"- **To settle:** {settled_by}.{_how_long(unmet, report)}"
    if learned(report):
        yield f"- **Since your last change here:** {_sentence(news_words(report))}"
    for news in remembered(report)[:2]:
        yield f"- **Memory:** {_sentence(f'{news.path}: {news.text}')}"
    if risk_words(report):
        yield f"- **Risk:** {_sentence(risk_words(report))}"
    yield from _unseen(report)


def _how_long(unmet: list[Meeting], report: Report) -> str:
    """Return how long a sign-off of the first one will hold."""
    if not unmet or not unmet[0].syncpoint.digest:
        return ""
    files = len(_inside(unmet[0], report)) if unmet[0].syncpoint.components else 1
    which = f"one of the {files:,} files" if files > 1 else "a file"
    return f" That survives a rebase and lapses when {which} it covers changes."


def _unseen(report: Report) -> Iterator[str]:
    waiting = [f"{_sentence(what)} ({_sentence(why)})" if why else _sentence(what) for what, why in unseen(report)]
    if waiting:
        yield f"- **Not looked at:** {', '.join(waiting)}"
    if report.policy is None:
        yield "- **No policy:** owners files alone say who meets. A first one: `syncpoints init`"
