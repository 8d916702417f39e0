"""Calibration: how well the model's chances fit a repository's own past, and the least that makes them fit better."""

from __future__ import annotations

from math import exp, fsum, log

from pytest_syncpoints.record import Record
from pytest_syncpoints.risk.model import TERMS, score, vector
from pytest_syncpoints.risk.past import YEAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.risk.model import Facts, Model

RECENT = 400  # the latest changes whose label is final tell the rate of today
PSEUDO = 50  # changes at the model's own rate mixed in, so that a handful says little
FEWEST = 30
SHOWN = 1000  # of the latest changes make the reliability table: older ones tell of another time
REFIT_POSITIVES = 500
_RIDGE = 1.0


class Example(Record):
    """One change of the past with its final label; ``at`` in seconds since the epoch."""

    at: int
    facts: Facts
    fixed: bool


class Bin(Record):
    """Changes of like chance: how many, what the model expected of them, and how many were fixed."""

    n: int
    expected: float
    observed: float


class Rate(Record):
    """One calendar year: changes, the rate the model expects, the rate that came."""

    year: int
    n: int
    expected: float
    observed: float


class Calibration(Record):
    """What a repository's own past says of the model; ``terms`` and ``intercept`` only where a refit did better."""

    n: int
    positives: int
    shift: float
    base_rate: float
    reliability: tuple[Bin, ...]
    drift: tuple[Rate, ...]
    refit: str
    intercept: float | None = None
    terms: tuple[tuple[str, float, float], ...] = ()


def calibrate(model: Model, examples: Sequence[Example]) -> Calibration:
    """Return the calibration; with fewer than thirty changes nothing is shifted."""
    logits = [score(model, example.facts).logit for example in examples]
    recent = list(zip(logits, examples, strict=True))[-RECENT:]
    moved = shift([one for one, _ in recent], [example.fixed for _, example in recent])
    known = [example for example in examples if example.facts.known is not None]
    positives = sum(example.fixed for example in examples)
    intercept: float | None = None
    terms: tuple[tuple[str, float, float], ...] = ()
    said = f"not tried: {positives:,} changes were fixed, more than {REFIT_POSITIVES} are needed"
    if positives > REFIT_POSITIVES:
        intercept, terms, said = _refit(model, known)
    chances = [_chance(logit + moved) for logit in logits]
    return Calibration(
        n=len(examples),
        positives=positives,
        shift=moved,
        base_rate=fsum(chances[-RECENT:]) / len(recent) if recent else model.base_rate,
        reliability=_bins(chances[-SHOWN:], [example.fixed for example in examples[-SHOWN:]]),
        drift=_drift(logits, examples),
        refit=said,
        intercept=intercept,
        terms=terms,
    )


def calibrated(model: Model, calibration: Calibration, *, until: str) -> Model:
    """Return the model with a calibration applied."""
    on = f"this repository, labels until {until}"
    if calibration.intercept is not None:
        return model._replace(
            name=f"{model.name}, refitted",
            calibrated_on=on,
            n=calibration.n,
            intercept=calibration.intercept,
            terms=calibration.terms,
            base_rate=calibration.base_rate,
        )
    return model._replace(calibrated_on=on, n=calibration.n, shift=calibration.shift, base_rate=calibration.base_rate)


def shift(logits: Sequence[float], fixed: Sequence[bool]) -> float:
    """Return by how much to move the logits so that they expect what came, drawn towards no move at all."""
    if len(logits) < FEWEST:
        return 0.0
    own = fsum(map(_chance, logits)) / len(logits)
    wanted = (sum(fixed) + PSEUDO * own) / (len(fixed) + PSEUDO)
    low, high = -5.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        if fsum(_chance(logit + middle) for logit in logits) / len(logits) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _chance(logit: float) -> float:
    return 1 / (1 + exp(-max(-700.0, min(700.0, logit))))


def _bins(chances: Sequence[float], fixed: Sequence[bool]) -> tuple[Bin, ...]:
    order = sorted(range(len(chances)), key=lambda index: chances[index])
    count = min(10, len(order) // 10)
    parts = (order[len(order) * k // count : len(order) * (k + 1) // count] for k in range(count))
    return tuple(
        Bin(len(part), fsum(chances[i] for i in part) / len(part), sum(fixed[i] for i in part) / len(part))
        for part in parts
    )


def _drift(logits: Sequence[float], examples: Sequence[Example]) -> tuple[Rate, ...]:
    years: dict[int, list[tuple[float, bool]]] = {}
    for logit, example in zip(logits, examples, strict=True):
        years.setdefault(_year(example.at), []).append((_chance(logit), example.fixed))
    return tuple(
        Rate(year, len(rows), fsum(p for p, _ in rows) / len(rows), sum(y for _, y in rows) / len(rows))
        for year, rows in sorted(years.items())
    )


def _year(at: int) -> int:
    """Return the calendar year (UTC) of a time; days from 1 March of year 0, Howard Hinnant's civil_from_days."""
    days = at // 86_400 + 719_468
    era = days // 146_097
    of_era = days - era * 146_097
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    return int(year_of_era + era * 400 + (of_year >= 306))


def _refit(model: Model, examples: Sequence[Example]) -> tuple[float | None, tuple[tuple[str, float, float], ...], str]:
    """Fit anew, and keep it only if it predicts the latest third better than the shifted built-in model does."""
    cut = len(examples) * 2 // 3
    later = examples[cut:]
    earlier = [example for example in examples[:cut] if example.at < later[0].at - YEAR]  # their labels were known then
    if sum(example.fixed for example in earlier) < REFIT_POSITIVES // 2:
        return None, (), "not kept: too few of the fixes lie far enough back to test it"
    beta = _fit([_row(example) for example in earlier], [example.fixed for example in earlier])
    own = _log_loss([fsum(b * x for b, x in zip(beta, _row(one), strict=True)) for one in later], later)
    before = [score(model, example.facts).logit for example in earlier]
    moved = shift(before[-RECENT:], [example.fixed for example in earlier][-RECENT:])
    shifted = _log_loss([score(model, example.facts).logit + moved for example in later], later)
    words = f"log-loss on the latest third {own:.4f}, the shifted built-in model's {shifted:.4f}"
    if own >= shifted:
        return None, (), f"not kept: {words}"
    rows = [_row(example) for example in examples]
    beta = _fit(rows, [example.fixed for example in examples])
    means = [fsum(column) / len(rows) for column in zip(*rows, strict=True)]
    return beta[0], tuple(zip(TERMS, beta[1:], means[1:], strict=True)), f"kept: {words}"


def _row(example: Example) -> list[float]:
    return [1.0, *(value or 0.0 for value in vector(example.facts))]


def _log_loss(logits: Sequence[float], examples: Sequence[Example]) -> float:
    signed = (logit if example.fixed else -logit for logit, example in zip(logits, examples, strict=True))
    return fsum(log(1 + exp(-max(-50.0, one))) for one in signed) / len(examples)


def _fit(rows: Sequence[Sequence[float]], fixed: Sequence[bool]) -> list[float]:
    """Return intercept and coefficients of a logistic regression (Newton's method with a small ridge)."""
    width = len(rows[0])
    beta = [0.0] * width
    for _ in range(12):
        gradient = [-_RIDGE * b if index else 0.0 for index, b in enumerate(beta)]
        hessian = [[_RIDGE * (i == j and i > 0) for j in range(width)] for i in range(width)]
        for row, label in zip(rows, fixed, strict=True):
            p = _chance(sum(b * x for b, x in zip(beta, row, strict=True)))
            weight = p * (1 - p)
            for i, x in enumerate(row):
                if x:
                    gradient[i] += x * (label - p)
                    line, factor = hessian[i], weight * x
                    for j in range(i + 1):
                        line[j] += factor * row[j]
        step = _solved([[hessian[max(i, j)][min(i, j)] for j in range(width)] for i in range(width)], gradient)
        beta = [b + s for b, s in zip(beta, step, strict=True)]
        if max(map(abs, step)) < 1e-8:
            break
    return beta


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve a small symmetric positive definite system by elimination."""
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for at in range(size):
        best = max(range(at, size), key=lambda index: abs(rows[index][at]))
        rows[at], rows[best] = rows[best], rows[at]
        pivot = rows[at][at] or 1e-12
        for below in range(at + 1, size):
            factor = rows[below][at] / pivot
            rows[below] = [x - factor * y for x, y in zip(rows[below], rows[at], strict=True)]
    solution = [0.0] * size
    for at in range(size - 1, -1, -1):
        known = fsum(rows[at][index] * solution[index] for index in range(at + 1, size))
        solution[at] = (rows[at][size] - known) / (rows[at][at] or 1e-12)
    return solution
