"""Fit the built-in model, and measure it on each repository with coefficients from all the others.

    PYTHONPATH=src python benchmarks/risk/fit.py FOLDER [--write builtin.py --date YYYY-MM-DD]

Needs numpy; FOLDER is what `mine.py` wrote. A repository of many changes counts as 3,000; one in Python counts
twice, because that is what most users of a pytest plugin have.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from pytest_syncpoints.risk.model import TERMS

WINDOW = 12 * 365 * 86_400
COLUMNS = ("auc", "in_size", "gate5", "gate10", "gate20", "brier_skill", "ece")


def load(folder: str) -> dict[str, dict]:
    """Return repositories with at least sixty fixed changes in their last twelve years."""
    found = {}
    for path in sorted(Path(folder).glob("*.json")):
        mined = json.loads(path.read_text(encoding="utf-8"))
        rows = [row for row in mined["rows"] if row["at"] >= mined["rows"][-1]["at"] - WINDOW]
        y = np.array([row["y"] for row in rows], float)
        if y.sum() >= 60:
            found[path.stem] = {
                "y": y,
                "ours": np.array([row["x"] for row in rows], float),
                "added": np.log1p(np.array([[row["added"]] for row in rows], float)),
                "kamei": np.array([row["kamei"] for row in rows], float),
                "size": np.array([row["size"] for row in rows], float),
                "weight": (2 if mined["language"] == ".py" else 1) * min(1, 3000 / len(rows)),
                "language": mined["language"],
            }
    return found


def fitted(xs: list, ys: list, weights: list[float]) -> np.ndarray:
    """Return the intercept and coefficients of a logistic regression (Newton's method, ridge of 1)."""
    x, y = np.vstack(xs), np.concatenate(ys)
    weight = np.concatenate([np.full(len(one), w) for one, w in zip(ys, weights, strict=True)])
    design = np.c_[np.ones(len(y)), x]
    ridge = np.eye(design.shape[1])
    ridge[0, 0] = 0
    beta = np.zeros(design.shape[1])
    for _ in range(25):
        p = chance(design @ beta)
        gradient = design.T @ (weight * (p - y)) + ridge @ beta
        beta -= np.linalg.solve((design * (weight * p * (1 - p))[:, None]).T @ design + ridge, gradient)
    return beta


def chance(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))


def auc(y: np.ndarray, score: np.ndarray) -> float:
    _, inverse, count = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[inverse]
    good, bad = len(y) - y.sum(), y.sum()
    return float((ranks[y == 1].sum() - bad * (bad + 1) / 2) / (good * bad)) if good and bad else float("nan")


def metrics(y: np.ndarray, p: np.ndarray, size: np.ndarray) -> dict[str, float]:
    fifth = np.argsort(np.argsort(size, kind="stable")) * 5 // len(size)
    within = [auc(y[fifth == k], p[fifth == k]) for k in range(5) if y[fifth == k].sum() >= 3]
    riskiest = np.argsort(-p, kind="stable")
    bins = np.array_split(np.argsort(p, kind="stable"), 10)
    return {
        "auc": auc(y, p),
        "in_size": float(np.mean(within)),
        **{f"gate{g}": float(y[riskiest[: len(y) * g // 100]].sum() / y.sum()) for g in (5, 10, 20)},
        "brier_skill": float(1 - ((p - y) ** 2).mean() / ((y.mean() - y) ** 2).mean()),
        "ece": float(sum(len(b) * abs(p[b].mean() - y[b].mean()) for b in bins) / len(y)),
    }


def left_out(mined: dict[str, dict], kind: str, name: str) -> np.ndarray:
    others = [one for other, one in mined.items() if other != name]
    beta = fitted([one[kind] for one in others], [one["y"] for one in others], [one["weight"] for one in others])
    return chance(beta[0] + mined[name][kind] @ beta[1:])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--write")
    parser.add_argument("--date", default="")
    arguments = parser.parse_args()
    mined = load(arguments.folder)
    measured = {
        kind: {name: metrics(one["y"], left_out(mined, kind, name), one["size"]) for name, one in mined.items()}
        for kind in ("added", "kamei", "ours")
    }
    print_tables(mined, measured)
    if arguments.write:
        Path(arguments.write).write_text(model_file(mined, measured["ours"], arguments.date), encoding="utf-8")


def print_tables(mined: dict, measured: dict) -> None:
    for title, names in (("all", list(mined)), ("Python", [n for n in mined if mined[n]["language"] == ".py"])):
        print(f"\n{title}: {len(names)} repositories\n\n| model | {' | '.join(COLUMNS)} | skill > 0 |\n|{'---|' * 9}")
        for kind, found in measured.items():
            means = " | ".join(f"{np.mean([found[name][column] for name in names]):.3f}" for column in COLUMNS)
            print(f"| {kind} | {means} | {sum(found[name]['brier_skill'] > 0 for name in names)} of {len(names)} |")
    differences = np.array([measured["ours"][n]["auc"] - measured["added"][n]["auc"] for n in mined])
    draws = np.random.default_rng(1).choice(differences, (10_000, len(differences))).mean(axis=1)
    low, high = np.percentile(draws, (2.5, 97.5))
    print(
        f"\nours - added: {differences.mean():+.3f} ({low:+.3f} to {high:+.3f}), better on {(differences > 0).sum()}\n"
    )
    print(
        "| repository | changes | fixed | added | kamei | ours | in size | ECE | skill |\n|---|---|---|---|---|---|---|---|---|"  # noqa: E501
    )
    for name, one in mined.items():
        added, kamei, ours = (measured[kind][name] for kind in ("added", "kamei", "ours"))
        print(
            f"| {name.replace('+', '/')} | {len(one['y']):,} | {one['y'].mean():.1%} | {added['auc']:.3f} "
            f"| {kamei['auc']:.3f} | {ours['auc']:.3f} | {ours['in_size']:.3f} | {ours['ece']:.3f} | {ours['brier_skill']:.3f} |"  # noqa: E501
        )


def model_file(mined: dict, measured: dict, date: str) -> str:
    ones = list(mined.values())
    weights = [one["weight"] for one in ones]
    beta = fitted([one["ours"] for one in ones], [one["y"] for one in ones], weights)
    total = sum(w * len(one["y"]) for w, one in zip(weights, ones, strict=True))
    means = sum(w * one["ours"].sum(axis=0) for w, one in zip(weights, ones, strict=True)) / total
    rate = sum(w * one["y"].sum() for w, one in zip(weights, ones, strict=True)) / total
    terms = "".join(f"    ({n!r}, {b:.4f}, {m:.4f}),\n" for n, b, m in zip(TERMS, beta[1:], means, strict=True))
    figures = "".join(f"    ({c!r}, {np.mean([m[c] for m in measured.values()]):.3f}),\n" for c in COLUMNS)
    names = "".join(f'    "{name.replace("+", "/")}",\n' for name in mined)
    return f'''"""Built-in model: coefficients fitted on public repositories by ``benchmarks/risk/fit.py``."""

from __future__ import annotations

from pytest_syncpoints.risk.model import Model

FITTED_ON = "{date}"
CHANGES = {sum(len(one["y"]) for one in ones)}
FIXED = {int(sum(one["y"].sum() for one in ones))}
# Means over these repositories, each measured with coefficients from all the others.
METRICS = (
{figures})
REPOSITORIES = (
{names})
# Term, coefficient, mean over the changes it was fitted on.
TERMS = (
{terms})
BUILT_IN = Model(
    name="built-in {date}",
    calibrated_on="{len(ones)} public repositories",
    n=CHANGES,
    intercept={beta[0]:.4f},
    base_rate={rate:.4f},
    terms=TERMS,
)
'''.replace("'", '"')


if __name__ == "__main__":
    main()
