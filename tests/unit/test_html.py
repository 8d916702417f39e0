"""The HTML page: whole, small, without script or request, and deaf to whatever a change is named."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from tests.builders import (
    a_file_evidence,
    a_finding,
    a_plan,
    a_report,
    a_reported_change,
    a_reported_file,
    a_reported_syncpoint,
    a_risk,
    a_survivor,
    an_evidence,
    some_mutants,
)
from tests.situations import SITUATIONS
from tests.strategies import LARGE, hostile, reports

from pytest_syncpoints.hunk_lines import HunkCode
from pytest_syncpoints.render.html import MOST_FILES, render
from pytest_syncpoints.render.html_figures import TYPICAL, quadrant, waterfall
from pytest_syncpoints.report import Factor, Report
from pytest_syncpoints.risk import model

PATH = "src/billing/post.py"
VOID = {"meta", "br", "link", "img", "input", "hr", "rect", "line", "circle"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "a", "header", "p", "span", "h1", "h2", "h3", "nav", "ul"),
    *("ol", "li", "main", "section", "table", "thead", "tbody", "tr", "th", "td", "br", "code", "strong", "div"),
    *("svg", "rect", "line", "text", "circle", "details", "summary", "dl", "dt", "dd", "footer", "caption", "figure"),
    "figcaption",
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "href", "id", "aria-label", "aria-labelledby"),
    *("scope", "open", "title", "role", "viewbox", "width", "height", "x", "y", "x1", "x2", "y1", "y2", "cx"),
    *("cy", "r"),
}


class Page(HTMLParser):
    """What a parser makes of a page: every tag with its attributes, the text, and whether tags close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.stack: list[str] = []
        self.strays: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.stack or self.stack.pop() != tag:
            self.strays.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.strays.append(f"<!--{data}")


def alive(text: str, tags: set[str] = TAGS, attributes: set[str] = ATTRIBUTES) -> list[str]:
    """Return what on a page is not ours: tags, attributes, links out of it, or tags that do not close."""
    page = Page(text)
    found = [tag for tag, _ in page.tags if tag not in tags]
    found += [key for _, given in page.tags for key in given if key not in attributes]
    found += [str(given["href"]) for _, given in page.tags if not str(given.get("href", "#")).startswith("#")]
    return found + page.strays + page.stack


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_situation_is_one_sound_page_below_300_kilobytes(situation: str) -> None:
    text = render(SITUATIONS[situation]())
    assert alive(text) == []
    assert len(text.encode()) < 300_000


def test_its_policy_allows_its_own_style_and_nothing_else() -> None:
    text = render(a_report())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "unsafe" not in policy
    assert "<script" not in text
    assert " style=" not in text


def test_links_lead_to_places_that_are_there() -> None:
    page = Page(render(SITUATIONS["one-sign-off-missing"]()))
    places = {given["id"] for _, given in page.tags if "id" in given}
    assert {str(given["href"])[1:] for _, given in page.tags if "href" in given} <= places


@settings(deadline=None)
@given(hostile, hostile, hostile)
def test_hostile_words_stay_words(path: str, message: str, owner: str) -> None:
    report = a_report(
        change=a_reported_change(files=(a_reported_file(path=path, owners=(owner,)),), title=message, branch=owner),
        findings=(a_finding(path=path, message=message, remedy=owner, undo=message),),
        risk=a_risk(factors=(Factor(name=path, value=1.0, effect=0.4, text=message),)),
    )
    code = {path: (HunkCode((message,), (owner,)),)}
    assert alive(render(report, code=code)) == []


@LARGE
@given(reports(text=hostile))
def test_any_report_is_one_sound_page(report: Report) -> None:
    text = render(report)
    assert alive(text) == []
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)


def a_tested_report() -> Report:
    evidence = an_evidence(
        files={PATH: a_file_evidence(changed=(10, 11, 12), executed={"10": (0, 1), "12": (1,)}, missed=(11,))},
        mutants=some_mutants(survivors=(a_survivor(line=12),)),
    )
    file = a_reported_file(hunks=((10, 1, 10, 3),), added=3, deleted=1)
    return a_report(change=a_reported_change(files=(file,)), evidence=evidence)


CODE = {PATH: (HunkCode(("old = 1",), ("new = 1", "never()", "if a > 0:")),)}


def test_each_line_says_what_tests_say_of_it() -> None:
    text = " ".join(Page(render(a_tested_report(), code=CODE)).text)
    said = " ".join(text.split())
    assert "10 -old = 1 10 +new = 1 2 tests 11 +never() no test 12 +if a > 0: unnoticed" in said
    assert "tests run 2 of 3 changed lines" in said


def test_without_code_the_places_are_named() -> None:
    text = " ".join(Page(render(a_tested_report())).text)
    assert "lines 10-12 (+3, -1)" in text


def test_findings_and_people_are_all_there() -> None:
    report = SITUATIONS["one-sign-off-missing"]()
    text = " ".join(" ".join(Page(render(report)).text).split())
    for finding in report.findings:
        assert finding.message.replace("`", " ").split()[0] in text
    assert f"Findings ({len(report.findings)})" in text
    assert report.plan.sentence in text
    assert report.syncpoints[0].digest in text


def test_more_files_than_a_page_holds_are_counted() -> None:
    files = tuple(a_reported_file(path=f"src/{number}.py") for number in range(MOST_FILES + 3))
    text = render(a_report(change=a_reported_change(files=files)))
    assert "And 3 more files in the JSON report." in text


class TestFigures:
    def test_the_waterfall_adds_up_from_the_base_rate_to_the_chance(self) -> None:
        figure = waterfall(a_risk(base_rate=0.1, probability=0.3, factors=(a_factor(0.5), a_factor(-0.2))))
        assert [bar.says for bar in figure.bars] == ["10%", "+0.50", "-0.20", "+1.05", "30%"]
        assert figure.bars[3].label == "everything else"

    def test_a_model_that_counts_from_a_typical_change_starts_there(self) -> None:
        factors = (Factor(name=TYPICAL, value=0.07, effect=-2.52, text="a typical change: 7%"), a_factor(0.3))
        figure = waterfall(a_risk(base_rate=0.11, probability=1 / (1 + math.exp(2.22)), factors=factors))
        assert [bar.says for bar in figure.bars] == ["7%", "+0.30", "10%"]
        assert figure.bars[0].label == model.TYPICAL

    @pytest.mark.parametrize("chance", [0.0, 1.0])
    def test_certainty_has_a_place_too(self, chance: float) -> None:
        figure = waterfall(a_risk(base_rate=chance, probability=chance, factors=()))
        assert all(0 <= bar.left <= 640 for bar in figure.bars)

    def test_synchronicity_lies_to_the_right_and_fidelity_upwards(self) -> None:
        low, high = (quadrant(a_plan(synchronicity=at, fidelity=at)) for at in (0.0, 1.0))
        assert (low.left, low.top, high.left, high.top) == (10, 190, 190, 10)

    def test_each_sync_point_is_a_dot_in_the_field_of_its_mode(self) -> None:
        modes = ("async-text", "async-audit", "call", "pairing", "design-session", "automated")
        points = [a_reported_syncpoint(name=mode, mode=mode) for mode in modes]
        figure = quadrant(a_plan(), points)
        assert [(dot.number, dot.name) for dot in figure.dots] == list(enumerate(modes[:5], 1))
        text, audit, call, pairing, design = figure.dots
        assert text.left == audit.left < call.left == pairing.left == design.left
        assert design.top < pairing.top < call.top
        assert audit.top < text.top
        page = render(a_report(syncpoints=tuple(points)))
        assert page.count('<circle class="dot"') == 5
        assert "<li>pairing: pairing</li>" in page

    def test_many_sync_points_of_one_mode_lie_apart_and_the_rest_is_counted(self) -> None:
        figure = quadrant(a_plan(), [a_reported_syncpoint(name=str(n), mode="call") for n in range(15)])
        assert len({(dot.left, dot.top) for dot in figure.dots}) == 8
        assert all(100 < dot.left < 190 and 118 < dot.top < 190 for dot in figure.dots)
        assert figure.more == 7


def a_factor(effect: float) -> Any:
    return Factor(name=f"f{effect}", value=1.0, effect=effect, text="")
