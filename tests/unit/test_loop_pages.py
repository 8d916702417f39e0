"""The loops' pages: plots of flow, drift, collisions and calibration, sound whatever a branch or file is named."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import hostile
from tests.unit.test_html import ATTRIBUTES, TAGS, Page
from tests.unit.test_html import alive as strangers

from pytest_syncpoints.loops.audit import AuditRow, Outcomes
from pytest_syncpoints.loops.backlog import weeks
from pytest_syncpoints.loops.collisions import Branch, Pair
from pytest_syncpoints.loops.courses import WEEKS, Course, course
from pytest_syncpoints.loops.debts import Debt
from pytest_syncpoints.loops.drift import Candidate, DriftFacts, Follower, Resync
from pytest_syncpoints.loops.knowledge import Knowledge
from pytest_syncpoints.loops.pacing import Pacing
from pytest_syncpoints.loops.participation import DAY, Drift, Landed, Standing
from pytest_syncpoints.render.pages import audit, calibration, collisions, drift, flow
from pytest_syncpoints.render.pages.plots import Part, apart, nice
from pytest_syncpoints.risk.calibration import Bin, Calibration, Rate

NOW = 1_790_000_000.0
OURS = TAGS | {"path", "figure", "figcaption", "g"}
GIVEN = ATTRIBUTES | {"data-of", "d", "preserveaspectratio", "text-anchor", "dx", "dy", "aria-hidden", "vector-effect"}
GIVEN |= {"tabindex"}


def alive(text: str) -> list[str]:
    return strangers(text, OURS, GIVEN)


def words(text: str) -> str:
    return " ".join(" ".join(Page(text).text).split())


def a_flow(name: str = "rates", count: int = 3) -> dict[str, Any]:
    row = {"author": name, "turn": "reviewer", "review_minutes": 12, "risk": 1.0, "components": [name], "stale": False}
    course = [{"days": days, "low": 2.0, "median": 5.0, "high": 9.0} for days in (7, 14, 21, 28)]
    return {
        "open": [{**row, "ref": f"{name}-{at}", "age_days": at * 9.0} for at in range(count)],
        "load": [
            {"team": name, "changes": 3, "minutes": 120, "capacity_minutes": 60},
            {"team": "web", "changes": 1, "minutes": 10, "capacity_minutes": None},
            {"person": name, "changes": 1, "minutes": 10, "capacity_minutes": 20},
        ],
        "limits": [{"kind": "author", "name": name, "open": 9, "limit": 3, "first": name}],
        "stale": [{"ref": name, "behind": None, "conflicts": True, "paths": [], "minutes": 4, "tests": [name]}],
        "forecast": {
            **course[-1],
            "backlog": count,
            "arrivals_per_week": 2.0,
            "service_per_week": 1.5,
            "supposed": [name],
            "course": course,
        },
        "history": [{"weeks_ago": ago, "came": 2, "left": 1, "open": 4} for ago in range(11, -1, -1)],
        "advice": [f"review {name}: 12 minutes"],
    }


def a_drift(name: str = "ledger", count: int = 2) -> str:
    landed = Landed("a" * 40, int(NOW - 50 * DAY), 12, {"bob": "reviewer"}, name)
    standings = tuple(
        Standing(f"{name}-{at}", name, Drift(9, 120, 45.0, at * 1.5), NOW - 45 * DAY, landed, name, "reviewer")
        for at in range(count)
    )
    never = Standing(name, "web", Drift(3, 9, 9.0, 0.3), NOW, None, "", None)
    facts = DriftFacts(
        NOW,
        (*standings, never),
        debts=(Debt(name, name, "b" * 40, int(NOW), "waived", name, None), Debt(name, "x", "c", 1, "skipped", "", "d")),
        knowledge=(Knowledge(name, 1, (name,), (name,), 10, 0.4), Knowledge("empty", 0, (), (), 0, 0.0)),
        followers=(Follower(name, f"{name}/x", 7, None),),
        incidents=(Resync(name, (name,), 1, None, (), (name,)),),
        candidates=(Candidate(name, "e" * 40, 1, name),),
        missing=(name,),
    )
    courses = [Course(f"{name}-{at}", name, (0.5,) * WEEKS + (at * 1.5,), (3.0, 12.5)) for at in range(count)]
    return drift.render(facts, (Pacing(name, name, 40, 2, 20, 0),), courses)


def some_pairs(name: str = "fix", count: int = 6) -> list[Pair]:
    kinds: Any = ("conflict", "hunk", "migration", "api", "file")
    return [Pair(f"refs/heads/{name}-{at}", "refs/heads/x", kinds[at % 5], (f"{name}.py",)) for at in range(count)]


def some_behind(name: str = "old", count: int = 2) -> list[Branch]:
    return [Branch(f"refs/heads/{name}-{at}", "a" * 40, "b" * 40, overtaken=(f"{name}.py",) * 5) for at in range(count)]


def a_calibration(name: str = "not tried") -> Calibration:
    bins = tuple(Bin(100, 0.02 + at * 0.03, at * 0.03) for at in range(10))
    rates = tuple(Rate(2010 + at, 90, 0.1, 0.08) for at in range(9))
    return Calibration(3472, 497, 0.23, 0.125, bins, rates, name)


def some_rows(name: str = "ledger-ops", count: int = 1) -> list[AuditRow]:
    point = AuditRow(name, None, 23, 5.0, 9, Outcomes(waived=2), name, name)
    rule = AuditRow(None, "SIZ001", 0, None, None, Outcomes(10, 5, 2, 1, 2), name, name)
    return [point, point._replace(median_wait_hours=72.0, changed_the_code=None), rule] * count


PAGES: dict[str, Callable[[str], str]] = {
    "flow": lambda name: flow.render(a_flow(name)),
    "drift": a_drift,
    "collisions": lambda name: collisions.render(some_pairs(name), apart=2, behind=some_behind(name), late=3),
    "calibration": lambda name: calibration.render(a_calibration(name), name),
    "audit": lambda name: audit.render(some_rows(name)),
}
EMPTY: dict[str, Callable[[], str]] = {
    "flow": lambda: flow.render({**a_flow(count=0), "history": [], "load": [], "advice": []}),
    "drift": lambda: drift.render(DriftFacts(NOW), (), ()),
    "collisions": lambda: collisions.render((), apart=0),
    "calibration": lambda: calibration.render(Calibration(0, 0, 0.0, 0.1, (), (), "not tried"), "risk.json"),
    "audit": lambda: audit.render(()),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound_and_its_policy_allows_its_own_style_and_nothing_else(name: str) -> None:
    text = PAGES[name]("ledger")
    assert alive(text) == []
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "<script" not in text
    assert " style=" not in text


@pytest.mark.parametrize("name", EMPTY)
def test_a_page_of_nothing_is_a_sound_page_that_says_so(name: str) -> None:
    text = EMPTY[name]()
    assert alive(text) == []
    assert re.search(r"Nothing|nothing|no two", words(text))


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_places_that_are_there(name: str) -> None:
    page = Page(PAGES[name]("ledger"))
    places = {given["id"] for _, given in page.tags if "id" in given}
    assert {str(given["href"])[1:] for _, given in page.tags if "href" in given} <= places


@pytest.mark.parametrize("name", PAGES)
def test_every_drawing_says_in_words_what_it_shows_or_is_beside_them(name: str) -> None:
    drawings = [given for tag, given in Page(PAGES[name]("ledger")).tags if tag == "svg" and "viewbox" not in given]
    assert drawings
    assert [one for one in drawings if not one.get("aria-label") and one.get("aria-hidden") != "true"] == []


@settings(deadline=None, max_examples=40)
@given(hostile, st.sampled_from(sorted(PAGES)))
def test_hostile_names_stay_words(name: str, page: str) -> None:
    text = PAGES[page](name)
    assert alive(text) == []
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize(
    "render",
    [
        lambda: flow.render(a_flow("branch/" + "n" * 240, 2500)),
        lambda: a_drift("c" * 60, 300),
        lambda: collisions.render(some_pairs("p" * 4000, 3000), apart=99, behind=some_behind("p" * 4000, 900)),
        lambda: audit.render(some_rows("r" * 200, 300)),
    ],
    ids=["2,500 open changes", "300 components", "3,000 pairs of long names", "900 rows of an audit"],
)
def test_however_much_there_is_a_page_stays_below_300_kilobytes(render: Callable[[], str]) -> None:
    assert len(render().encode()) < 300_000


class TestFlow:
    def test_the_words_beside_the_plots_say_the_figures(self) -> None:
        said = words(flow.render(a_flow()))
        for figure in ("3 open changes", "4 open now", "5 likely", "up to 9", "from 2", "2.0 weeks", "not stated"):
            assert figure in said, figure

    def test_what_is_beyond_a_teams_capacity_is_a_part_of_its_own(self) -> None:
        over, unlimited, _ = flow.load_rows(a_flow()["load"])
        assert [(part.kind, part.width) for part in over.parts] == [("fine", 50.0), ("over", 50.0)]
        assert (over.stop, unlimited.stop) == (50.0, None)

    def test_open_changes_are_counted_by_age_and_turn(self) -> None:
        rows = flow.age_rows([{"age_days": days, "turn": "author"} for days in (0.5, 2, 2.9, 400)])
        assert [row.changes for row in rows] == [1, 2, 0, 0, 0, 0, 0, 1]
        assert rows[1].parts[1] == Part(0.0, 100.0, "author")


class TestBacklog:
    def test_what_was_open_is_what_is_open_less_what_came_and_more_what_left(self) -> None:
        week = 7 * DAY
        came = [int(NOW - 10), int(NOW - week - 10), int(NOW - week - 20)]
        found = weeks(came, [int(NOW - 5)], 4, NOW, 3)
        assert [(one.weeks_ago, one.came, one.left, one.open) for one in found] == [
            (2, 0, 0, 2),
            (1, 2, 0, 4),
            (0, 1, 1, 4),
        ]


class TestCourse:
    def change(self, days_ago: float, who: str) -> Landed:
        return Landed("s", int(NOW - days_ago * DAY), 1, {who: "author"})

    def test_drift_grows_while_others_land_and_ends_with_a_meeting(self) -> None:
        landed = [self.change(7, "alice"), self.change(14, "bob"), self.change(100, "alice"), self.change(140, "bob")]
        found = course("ledger", "ops", frozenset({"bob"}), 10, landed, NOW)
        assert found.ratios[-1] == 1.4
        assert found.ratios[-3] == 0.0
        assert found.ratios[-4] == pytest.approx((140 - 21) / 10)
        assert found.met == (20.0, 2.0)

    def test_a_team_that_never_came_drifts_from_the_first_change_on(self) -> None:
        found = course("ledger", "ops", frozenset({"bob"}), 10, [self.change(70, "alice")], NOW)
        assert (found.ratios[-1], found.ratios[0], found.met) == (7.0, 0.0, ())


class TestDrift:
    def test_the_furthest_is_named_first_and_a_component_without_recorded_reviews_accuses_nobody(self) -> None:
        row = Standing("ledger", "ops", Drift(9, 9, 45.0, 4.5), NOW, None, "", None)
        assert "ops is furthest: 4.5 tempos from ledger" in words(drift.render(DriftFacts(NOW, (row,)), (), ()))
        blind = words(drift.render(DriftFacts(NOW, (row,), blind=("ledger",)), (), ()))
        assert "furthest" not in blind
        assert "history names no reviewers here" in blind


class TestCollisions:
    def test_what_meets_stands_near_and_what_shares_only_files_is_left_out(self) -> None:
        pairs = [Pair("a", "z", "conflict", ()), Pair("b", "y", "hunk", ()), Pair("c", "x", "file", ())]
        rows = collisions.graph([pair for pair in pairs if pair.kind in collisions.KINDS]).branches
        names = [name for name, _ in rows]
        assert abs(names.index("a") - names.index("z")) == abs(names.index("b") - names.index("y")) == 1
        assert "c" not in names

    def test_of_many_branches_those_that_meet_the_most_are_drawn_and_the_rest_is_counted(self) -> None:
        pairs = [Pair("hub", f"b{at:03}", "conflict", ()) for at in range(80)]
        found = collisions.graph(pairs)
        assert ("hub", 80) in found.branches
        assert len(found.branches) + found.left_out == 81


class TestAudit:
    def test_waits_and_outcomes_are_said_beside_their_bars(self) -> None:
        said = words(audit.render(some_rows()))
        for figure in ("5 h; 2 waived", "3.0 d", "5 fixed, 2 signed, 1 waived, 2 ignored", "2 sync points and 1 rule"):
            assert figure in said, figure


class TestCalibration:
    def test_a_group_that_came_as_said_is_told_from_one_that_did_not(self) -> None:
        fine, off = calibration.reliability_plot((Bin(100, 0.1, 0.12), Bin(100, 0.1, 0.4))).marks
        assert (fine.kind, off.kind) == ("came", "far")

    def test_the_interval_is_wilsons(self) -> None:
        low, high = calibration.interval(Bin(10, 0.5, 0.5))
        assert (round(low, 3), round(high, 3)) == (0.237, 0.763)


@pytest.mark.parametrize(
    ("high", "steps"),
    [(0, (0, 1)), (3, (0, 1, 2, 3)), (7, (0, 2, 4, 6, 8)), (99, (0, 50, 100)), (0.3, (0, 0.1, 0.2, 0.3))],
)
def test_axes_end_at_round_values(high: float, steps: tuple[float, ...]) -> None:
    assert nice(high) == pytest.approx(steps)


@given(st.lists(st.floats(0, 100), max_size=5))
def test_labels_keep_their_distance(tops: list[float]) -> None:
    placed = sorted(apart(tops, 8))
    assert all(after - before >= 7.9 for before, after in pairwise(placed))
