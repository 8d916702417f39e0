"""`syncpoints calibrate`: hold the risk model against this repository's own past, and fit it as far as that carries."""

from __future__ import annotations

import os

from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.gather.calibrations import calibration_json, calibration_path
from pytest_syncpoints.gather.git import Discovery, StandIn, resolve
from pytest_syncpoints.gather.labels import read_labels
from pytest_syncpoints.gather.progress import Progress
from pytest_syncpoints.output import write_atomically
from pytest_syncpoints.risk.builtin import BUILT_IN
from pytest_syncpoints.risk.calibration import Example, calibrate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.risk.calibration import Calibration


def calibrate_command(since: str, output: str | None, form: str = "text") -> str:
    """Label this branch's own past, write the calibration and return what it says, as text or a page, for people.

    Raises CannotEvaluate where git cannot walk the history, UsageError where the file cannot be written.
    """
    if form == "html" and output == "-":
        raise UsageError("the page and the calibration would both go to standard output", remedy="-o FILE")
    repository = Discovery().repository()
    with StandIn(repository) as git, Progress("reading changes") as progress:
        labels = read_labels(git, resolve(repository, "HEAD"), since=since, progress=progress)
    found = calibrate(BUILT_IN, [Example(one.at, one.facts, one.fixed) for one in labels.changes])
    path = output or calibration_path(repository.common_dir)
    if output is None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    write_atomically(path, calibration_json(found, labels.known_at))
    if form == "html":
        from pytest_syncpoints.render.pages.calibration import render

        return render(found, path)
    return "" if path == "-" else "".join(f"{line}\n" for line in _told(found, path))


def _told(found: Calibration, path: str) -> Iterator[str]:
    yield f"{found.n:,} changes with a final label, {found.positives:,} of them fixed within a year"
    if not found.n:
        yield "nothing to learn from yet: a label is final a year after its change"
        return
    yield f"shift of the intercept {found.shift:+.2f}: any change {found.base_rate:.1%}"
    yield f"refit {found.refit}"
    yield ""
    yield "  chance said  came true  changes"
    yield from (f"  {one.expected:11.1%}  {one.observed:9.1%}  {one.n:7,}" for one in found.reliability)
    yield ""
    yield "  year  built-in model says  came  changes"
    yield from (f"  {one.year}  {one.expected:19.1%}  {one.observed:4.0%}  {one.n:7,}" for one in found.drift)
    yield ""
    yield f"written to {path}"
