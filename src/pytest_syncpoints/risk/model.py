"""Model: an additive logistic regression over what is known of a change, explained term by term.

The logarithm of the odds of a later fix is that of a typical change plus one effect per factor:
``effect = coefficient * (x - reference)``, where the references are the means of the changes it was fitted on. The
effects add up to the logit exactly, the typical change counting as the first of them.
"""

from __future__ import annotations

from math import exp, fsum, log, log1p

from pytest_syncpoints.record import Record
from pytest_syncpoints.report import Factor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_syncpoints.risk.lines import FileCounts
    from pytest_syncpoints.risk.past import Known

# Factors that are other words for how much there is to read.
SIZE = frozenset(("code added", "code deleted", "calls", "branches", "imports", "tests added"))
# Factors that say something of this change, and not how large it is nor where it lands.
TELLING = frozenset(("recent fixes", "is a fix", "about wording"))
TYPICAL = "typical change"
_SHARE = 0.25  # of fixes among changes, as in `past`


class Facts(Record):
    """What the model looks at. ``known`` is ``None`` where nothing is known of the time before the change."""

    counts: FileCounts
    fix: bool
    not_code: bool
    known: Known | None


class Model(Record):
    """Coefficients and references by term; ``shift`` moves the intercept to a repository's own rate of fixes."""

    name: str
    calibrated_on: str
    n: int
    intercept: float
    base_rate: float
    terms: tuple[tuple[str, float, float], ...]
    shift: float = 0.0


class Scored(Record):
    """One change's chance of a later fix, and what it is made of; ``factors`` starts with the typical change."""

    probability: float
    logit: float
    factors: tuple[Factor, ...]
    missing: tuple[str, ...]


class _Term(Record):
    """One term: which factor it belongs to, its value for people, its value for the model, and its words."""

    factor: str
    value: Callable[[Facts], float | None]
    x: Callable[[Facts], float | None]
    words: Callable[[Facts], str]


def _count(name: str) -> Callable[[Facts], float]:
    return lambda facts: float(getattr(facts.counts, name))


def _logged(name: str) -> Callable[[Facts], float]:
    return lambda facts: log1p(getattr(facts.counts, name))


def _lines(name: str, one: str, many: str) -> Callable[[Facts], str]:
    def words(facts: Facts) -> str:
        count = getattr(facts.counts, name)
        return f"{count:,} {one if count == 1 else many}"

    return words


def _fixes_words(facts: Facts) -> str:
    if facts.known is None or not facts.known.fixes:
        return "none of its files was fixed in the 90 days before"
    paths, fixes = facts.known.fixed_paths, facts.known.fixes
    which = "one of its files was" if paths == 1 else f"{_number(paths)} of its files were"
    return f"{which} fixed {'once' if fixes == 1 else f'{fixes:,} times'} in 90 days"


def _number(count: int) -> str:
    return (
        ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")[count]
        if count < 10
        else f"{count:,}"
    )


def _share_words(facts: Facts) -> str:
    share = facts.known.fix_share if facts.known is not None else _SHARE
    return f"{share:.0%} of changes here were fixes in the year before"


_TERMS: dict[str, _Term] = {
    "code_added": _Term(
        "code added",
        _count("code_added"),
        _logged("code_added"),
        _lines("code_added", "line of code added", "lines of code added"),
    ),
    "code_added_squared": _Term(
        "code added",
        _count("code_added"),
        lambda facts: log1p(facts.counts.code_added) ** 2,
        _lines("code_added", "line of code added", "lines of code added"),
    ),
    "branches": _Term(
        "branches",
        _count("branches"),
        _logged("branches"),
        _lines("branches", "added line branches, returns or raises", "added lines branch, return or raise"),
    ),
    "calls": _Term("calls", _count("calls"), _logged("calls"), _lines("calls", "call added", "calls added")),
    "fixes": _Term(
        "recent fixes",
        lambda facts: None if facts.known is None else float(facts.known.fixes),
        lambda facts: None if facts.known is None else log1p(facts.known.fixes),
        _fixes_words,
    ),
    "fix": _Term(
        "is a fix",
        lambda facts: float(facts.fix),
        lambda facts: float(facts.fix),
        lambda facts: "it is a fix itself" if facts.fix else "it is no fix itself",
    ),
    "not_code": _Term(
        "about wording",
        lambda facts: float(facts.not_code),
        lambda facts: float(facts.not_code),
        lambda facts: "its subject speaks of docs, types or style" if facts.not_code else "its subject speaks of code",
    ),
    "tests_added": _Term(
        "tests added",
        _count("test_added"),
        _logged("test_added"),
        _lines("test_added", "line added to tests", "lines added to tests"),
    ),
    "code_deleted": _Term(
        "code deleted",
        _count("code_deleted"),
        _logged("code_deleted"),
        _lines("code_deleted", "line of code deleted", "lines of code deleted"),
    ),
    "imports": _Term(
        "imports", _count("imports"), _logged("imports"), _lines("imports", "import added", "imports added")
    ),
    "fix_share": _Term(
        "fixes here",
        lambda facts: None if facts.known is None else facts.known.fix_share,
        lambda facts: None if facts.known is None else log(facts.known.fix_share / _SHARE),
        _share_words,
    ),
}
TERMS = tuple(_TERMS)
_UNKNOWN = {"recent fixes": "fixes in the 90 days before", "fixes here": "the share of fixes in the year before"}


def vector(facts: Facts) -> tuple[float | None, ...]:
    """Return the values the model multiplies, in the order of ``TERMS``; ``None`` where unknown."""
    return tuple(term.x(facts) for term in _TERMS.values())


def score(model: Model, facts: Facts) -> Scored:
    """Return a change's chance of a later fix within a year; what is unknown counts as typical, and is named."""
    effects: dict[str, float] = {}
    values: dict[str, tuple[float, str]] = {}
    missing: dict[str, None] = {}
    typical = model.intercept + model.shift + fsum(coefficient * reference for _, coefficient, reference in model.terms)
    for name, coefficient, reference in model.terms:
        term = _TERMS[name]
        x, value = term.x(facts), term.value(facts)
        if x is None or value is None:
            missing[_UNKNOWN[term.factor]] = None
            continue
        effects[term.factor] = effects.get(term.factor, 0.0) + coefficient * (x - reference)
        values[term.factor] = (value, term.words(facts))
    logit = fsum((typical, *effects.values()))
    factors = [
        Factor(name, values[name][0], effect, f"{values[name][1]}: {_points(logit, effect)}")
        for name, effect in sorted(effects.items(), key=lambda item: (-abs(item[1]), item[0]))
    ]
    start = Factor(TYPICAL, _chance(typical), typical, f"a typical change: {_chance(typical):.0%}")
    return Scored(_chance(logit), logit, (start, *factors), tuple(missing))


def telling(factors: tuple[Factor, ...]) -> tuple[Factor, ...]:
    """Return the factors people should read: not size in other words, and of some weight, the heaviest first."""
    return tuple(factor for factor in factors if factor.name in TELLING and abs(factor.effect) >= 0.1)


def _points(logit: float, effect: float) -> str:
    """Return by how many points of probability a factor moves this very change, as ``+6 points``."""
    points = round(100 * (_chance(logit) - _chance(logit - effect)))
    return f"{points:+d} point{'' if abs(points) == 1 else 's'}" if points else "±0 points"


def _chance(logit: float) -> float:
    return 1 / (1 + exp(-logit)) if logit > -700 else 0.0


def band(probability: float, base_rate: float) -> str:
    """Return how a chance compares with the rate of any change here: the word people read instead of a number."""
    ratio = probability / base_rate if base_rate else 1.0
    return "about half" if ratio < 0.7 else "typical" if ratio < 1.5 else "about double" if ratio < 3 else "far above"
