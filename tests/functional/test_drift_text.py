"""What `syncpoints drift` says in words: pacing, knowledge, followers, incidents, and what it keeps to itself."""

from __future__ import annotations

import pytest
from tests.functional.test_drift import BOB, DAY, POLICY, START, History
from tests.project import Project

from pytest_syncpoints.commands.drift import drift_output
from pytest_syncpoints.loops.pacing import Pacing, pacing, pacing_words
from pytest_syncpoints.loops.participation import Landed

NOW = START + 800 * DAY
DORA = "Dora Example <dora@example.org>"
INCIDENT = '[incidents.2026-01-10-ledger]\ncomponents = ["ledger"]\ndate = 2026-01-10\n'


@pytest.fixture
def past(project: Project) -> History:
    return History(project)


def said(day: float, label: str, team: str | None = None) -> list[str]:
    """Return what stands behind a label in the text, as of a day."""
    lines = drift_output(team, "text", now=START + day * DAY).splitlines()
    return [line.removeprefix(label).strip() for line in lines if line.startswith(label)]


def changes(year: int, before: int, *, met: int = 0, met_before: int = 0) -> list[Landed]:
    """Return so many changes of the last year and of the one before it, some of them with a member."""
    rows = []
    for count, with_them, back in ((year, met, 0), (before, met_before, 365)):
        for n in range(count):
            at = NOW - (back + 10 + n) * DAY
            rows.append(Landed(f"{back}-{n}", at, 1, {"bob": "reviewer"} if n < with_them else {}))
    return rows


PACES = [
    pytest.param(
        changes(18, 10, met=2, met_before=5), "9 changes per ops meeting; a year ago 2", id="it meets less often"
    ),
    pytest.param(
        changes(10, 18, met=5, met_before=2), "2 changes per ops meeting; a year ago 9", id="it meets more often"
    ),
    pytest.param(
        changes(9, 10, met_before=5),
        "9 changes and no ops meeting this year; a year ago 2 changes per meeting",
        id="no more",
    ),
    pytest.param(changes(10, 9, met=5), "2 changes per ops meeting; a year ago ops never met it", id="never before"),
    pytest.param(changes(10, 10, met=5, met_before=5), "", id="nothing moved"),
    pytest.param(changes(10, 10, met=4, met_before=5), "", id="a quarter more is noise"),
    pytest.param(changes(4, 10, met=1, met_before=10), "", id="too few changes to speak of a rate"),
    pytest.param(changes(10, 10), "", id="it met in neither year"),
]


@pytest.mark.parametrize(("landed", "words"), PACES)
def test_pacing_is_told_only_where_it_moved(landed: list[Landed], words: str) -> None:
    found = pacing("ledger", "ops", frozenset(["bob"]), landed, NOW)
    assert (pacing_words(found) if found is not None else "") == words


def test_a_pace_counts_two_years_and_no_more() -> None:
    old = [Landed(str(n), START - n * DAY, 1, {"bob": "reviewer"}) for n in range(50)]
    found = pacing("ledger", "ops", frozenset(["bob"]), changes(18, 10, met=2, met_before=5) + old, NOW)
    assert found == Pacing("ledger", "ops", 18, 2, 10, 5)


def test_the_command_tells_the_pace_of_each_team_that_moved(past: History) -> None:
    for n in range(8):
        past.land(10 + n, {"src/ledger/a.py": f"{n}\n"}, f"Ledger\n\nReviewed-by: {BOB}" if n % 2 else "Ledger")
        past.land(400 + n, {"src/ledger/a.py": f"again {n}\n"}, f"Ledger\n\nReviewed-by: {BOB}" if n == 3 else "Ledger")
    assert said(420, " pace") == ["ledger: 8 changes per ops meeting; a year ago 2"]
    assert said(420, " pace", team="payments") == []
    (row,) = past.project.run("drift", "--format", "json").json["pacing"] or [None]
    assert row is None or set(row) == {"component", "team", "changes_per_meeting", "a_year_ago", "text"}


def test_followers_that_stayed_behind_are_told(past: History) -> None:
    past.land(1, {"src/ledger/a.py": "1\n", "docs/ledger.md": "how, anew\n"})  # moved together
    assert said(9, " late") == []
    past.land(2, {"src/ledger/a.py": "2\n"})
    past.land(3, {"src/ledger/a.py": "3\n"})
    assert said(9, " late") == ["docs/ledger.md: ledger changed 2 times without it"]
    past.land(4, {"docs/ledger.md": "as it is now\n"})
    assert said(9, " late") == []


def test_whoever_a_component_hangs_on_is_told(past: History) -> None:
    past.land(1, {"src/ledger/a.py": "1\n", "src/rates/r.py": "1\n"}, author=DORA)
    assert said(9, " know")[0] == "ledger: dora@example.org alone knows most of it (1 file)"
    assert said(500, " know")[0] == "ledger: of the one who knows it nobody is still active"
    past.land(2, {"src/ledger/b.py": "1\n", "src/rates/s.py": "1\n"}, author=BOB)
    past.land(3, {"src/rates/t.py": "1\n"}, author=DORA)
    assert said(9, " know") == ["rates: dora@example.org alone knows most of it (3 files)"]
    past.land(900, {"src/ledger/b.py": "2\n"}, author=BOB)
    assert "ledger: of 2 people who know it bob alone is still active" in said(910, " know")
    assert "rates: of 2 people who know it nobody is still active" in said(2000, " know")


def test_whoever_a_component_hangs_on_may_have_gone(past: History) -> None:
    files = {f"src/rates/{n}.py": "1\n" for n in range(5)}
    past.land(1, {**files}, author=DORA)
    for day, author in ((900, BOB), (901, "Erin Example <erin@example.org>")):
        past.land(day, {f"src/rates/b{day}.py": "1\n"}, author=author)
    words = "rates: dora@example.org alone knows most of it (7 files), and is not seen any more"
    assert said(910, " know") == [words]


def test_incidents_and_what_may_have_been_one_are_told(past: History) -> None:
    past.land(1, {"src/ledger/a.py": "1\n"})
    past.land(2, {"syncpoints.toml": POLICY + INCIDENT})
    sha = past.land(40, {"src/ledger/a.py": "2\n"}, "Emergency: stop posting")
    assert said(50, " norm") == ["2026-01-10-ledger: no norm came of it; it resynchronised nobody"]
    assert said(50, " why?") == [f"ledger: {sha[:7]} Emergency: stop posting: an incident to record?"]
