"""Explain: the page of a rule, the list of a family; the text behind ``syncpoints explain``."""

from __future__ import annotations

import os

from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.rules import FAMILIES, RULE_BY_CODE, RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.rules import Rule

_RULE_BY_NAME = {rule.name: rule for rule in RULES}
_HERE = os.path.dirname(os.path.abspath(__file__))
# An installed wheel carries the pages beside this module; a checkout, editable or not, keeps them in docs/rules.
_PAGE_FOLDERS = (os.path.join(_HERE, "rule_pages"), os.path.join(_HERE, "..", "..", "docs", "rules"))


def page(code: str) -> str:
    """Return the Markdown page of a rule, given by code or name (``SIZ001``, ``over-budget``).

    The beginning of codes (``SIZ``) returns the table of the rules it selects. Case does not matter.
    Raises UsageError, with the nearest codes, for anything else.
    """
    wanted = code.strip()
    rule = RULE_BY_CODE.get(wanted.upper()) or _RULE_BY_NAME.get(wanted.lower())
    if rule is not None:
        return _read_page(rule.code)
    family = tuple(rule for rule in RULES if len(wanted) >= 3 and rule.code.startswith(wanted.upper()))
    if not family:
        raise _unknown(wanted)
    return _table(family)


def _read_page(code: str) -> str:
    for folder in _PAGE_FOLDERS:
        try:
            with open(os.path.join(folder, f"{code}.md"), encoding="utf-8") as stream:
                return stream.read()
        except FileNotFoundError:
            continue
    raise CannotEvaluate(
        f"the page of {code} is missing from this installation",
        remedy="python -m pip install --force-reinstall pytest-syncpoints",
    )


def _table(rules: tuple[Rule, ...]) -> str:
    rows = [("Rule", "Name", "Local", "CI"), *((rule.code, rule.name, rule.local, rule.ci) for rule in rules)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "", f"One of them: syncpoints explain {rules[0].code}", ""])


def _unknown(wanted: str) -> UsageError:
    import difflib  # 6 ms, and only a typo pays them

    names = difflib.get_close_matches(wanted.lower(), _RULE_BY_NAME, n=3)
    codes = difflib.get_close_matches(wanted.upper(), RULE_BY_CODE, n=3)
    nearest = dict.fromkeys([*(_RULE_BY_NAME[name] for name in names), *(RULE_BY_CODE[code] for code in codes)])
    said = ", ".join(f"{rule.code} {rule.name}" for rule in list(nearest)[:3])
    remedy = f"nearest: {said}" if nearest else f"families: {' '.join(FAMILIES)}"
    return UsageError(f"no rule is called {wanted!r}", remedy=remedy)
