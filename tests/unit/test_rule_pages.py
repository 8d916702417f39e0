"""Rule pages and the rule table say the same, and `syncpoints explain` finds every page."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import tomli

from pytest_syncpoints.checks import CHECKS, flow
from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.explain import page
from pytest_syncpoints.finding import LEVELS
from pytest_syncpoints.review import EXEMPTION_RULES
from pytest_syncpoints.rules import FAMILIES, RULES, Rule

PAGES = Path(__file__).parents[2] / "docs" / "rules"
SECTIONS = ["What it does", "Why it matters", "Example", "How to satisfy it", "How to exempt it"]
RESERVED = "Reserved: no check raises this yet."

each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])


def read(rule: Rule) -> str:
    return (PAGES / f"{rule.code}.md").read_text(encoding="utf-8")


def raised_by_built_in_checks() -> set[str]:
    """Return the codes that the built-in checks raise, and those the review itself does."""
    return {code for check in (*CHECKS, flow) for code in check.rules} | set(EXEMPTION_RULES)


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert sorted(path.stem for path in PAGES.glob("*.md")) == sorted(rule.code for rule in RULES)


@each_rule
def test_a_page_opens_with_the_code_and_name_of_its_rule(rule: Rule) -> None:
    assert read(rule).splitlines()[0] == f"# {rule.code} {rule.name}"


@each_rule
def test_a_page_states_the_levels_of_the_table(rule: Rule) -> None:
    assert read(rule).splitlines()[2].startswith(f"Levels: local `{rule.local}`, CI `{rule.ci}`.")


@each_rule
def test_a_page_has_every_section_in_order(rule: Rule) -> None:
    assert re.findall(r"^## (.+)$", read(rule), flags=re.MULTILINE) == SECTIONS


@each_rule
def test_the_example_shows_the_rule_as_the_report_prints_it(rule: Rule) -> None:
    example = re.search(r"```text\n(.+?)```", read(rule), flags=re.DOTALL)
    assert example is not None
    assert example[1].startswith(f"{rule.code} {rule.name}")


@each_rule
def test_the_way_to_exempt_is_valid_policy_for_this_rule(rule: Rule) -> None:
    policy = re.search(r"```toml\n(.+?)```", read(rule), flags=re.DOTALL)
    assert policy is not None
    tables = tomli.loads(policy[1])
    (stated,) = tables["rules"].values()
    assert list(tables["rules"]) == [rule.code]
    levels = {"local": stated, "ci": stated} if isinstance(stated, str) else stated
    assert levels.keys() <= {"local", "ci"}
    assert set(levels.values()) <= set(LEVELS)
    for exemption in tables.get("exemptions", ()):
        assert exemption.keys() == {"rule", "paths", "because", "until"}
        assert exemption["rule"] == rule.code
        assert isinstance(exemption["until"], date)


@each_rule
def test_a_page_says_reserved_exactly_while_no_check_raises_its_rule(rule: Rule) -> None:
    assert (RESERVED in read(rule).splitlines()) == (rule.code not in raised_by_built_in_checks())


@each_rule
def test_explain_prints_the_page_of_a_code_or_a_name(rule: Rule) -> None:
    assert page(rule.code) == page(rule.name) == page(rule.code.lower()) == read(rule)


@pytest.mark.parametrize("family", FAMILIES)
def test_explain_lists_the_rules_of_a_family(family: str) -> None:
    listed = [line.split() for line in page(family).splitlines()[1:] if line.startswith(family)]
    assert listed == [[rule.code, rule.name, rule.local, rule.ci] for rule in RULES if rule.family == family]


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [("OWN01", "OWN001 no-owner"), ("over-budgt", "SIZ001 over-budget"), ("SYNN002", "SYN002 sign-off-stale")],
)
def test_explain_offers_the_nearest_rules_for_a_typing_error(typed: str, nearest: str) -> None:
    with pytest.raises(UsageError, match=f"no rule is called '{typed}'") as error:
        page(typed)
    assert nearest in error.value.remedy


@pytest.mark.parametrize("typed", ["", "S", "SI", "nothing-like-it", "../errors"])
def test_explain_names_the_families_where_nothing_is_near(typed: str) -> None:
    with pytest.raises(UsageError) as error:
        page(typed)
    assert all(family in error.value.remedy for family in FAMILIES)
