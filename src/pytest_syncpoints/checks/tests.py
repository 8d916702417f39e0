"""Do tests run the changed lines, did the contract tests run and pass, and would tests notice a fault?"""

from __future__ import annotations

from pytest_syncpoints.check import Skip
from pytest_syncpoints.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.evidence import Evidence, FileEvidence, TestFacts

name = "tests"
rules = ("EVD001", "EVD002", "EVD003", "EVD004", "EVD005")

MOST_TESTS = 3  # named in a message; the report has all


def run(context: ReviewContext) -> Iterable[Finding] | Skip:
    """Return what tests leave open about this change; skipped where none ran with the review."""
    if not context.tests_ran:
        return Skip("no tests ran with this review: pytest --syncpoints")
    if context.tests is None:
        return Skip("the tests have not run yet")
    return _findings(context, context.tests)


def _findings(context: ReviewContext, tests: TestFacts) -> Iterator[Finding]:
    evidence = tests.evidence
    yield from _incomplete(tests)
    for path, file in evidence.files.items():
        yield from _not_run(path, file, context)
    yield from _contracts(evidence)
    for weakened in tests.weakened:
        yield Finding(
            "EVD003",
            f"{weakened.nodeid} {weakened.what}",
            remedy=f"agree on it with those the contract of {weakened.component} protects, or bring it back",
            path=weakened.path,
            line=weakened.line,
            component=weakened.component,
            anchor=f"{weakened.nodeid} {weakened.what}",
        )
    yield from _survivors(evidence)


def _incomplete(tests: TestFacts) -> Iterator[Finding]:
    because = tests.evidence.incomplete_because
    said = ([because or "it does not say why"] if not tests.evidence.complete else []) + list(tests.gaps)
    for gap in said:
        yield Finding("EVD005", gap, remedy="run the whole suite to its end on this very change", anchor=gap)


def _not_run(path: str, file: FileEvidence, context: ReviewContext) -> Iterator[Finding]:
    for lines in runs(file):
        count, total = len(file.missed), len(file.changed)
        yield Finding(
            "EVD001",
            f"{count} of {total} changed lines here are run by no test",
            remedy="add a test that reaches them, or delete them if nothing can",
            path=path,
            line=lines[0],
            end_line=lines[-1] if len(lines) > 1 else None,
            anchor=_text(path, lines[0], context),
        )


def runs(file: FileEvidence) -> Iterator[tuple[int, ...]]:
    """Yield the missed lines of a file in runs that no executed line interrupts."""
    run: list[int] = []
    missed = set(file.missed)
    for line in (*file.changed, None):
        if line in missed and line is not None:
            run.append(line)
        elif run:
            yield tuple(run)
            run = []


def _text(path: str, line: int, context: ReviewContext) -> str:
    """Return the text of an added line, which keeps a finding the same when lines move."""
    file = context.file(path)
    for hunk in file.hunks if file is not None else ():
        if hunk.new_start <= line < hunk.new_start + hunk.new_lines:
            return hunk.added[line - hunk.new_start].decode("utf-8", "surrogateescape")
    return str(line)


def _contracts(evidence: Evidence) -> Iterator[Finding]:
    for contract in evidence.contracts:
        if contract.outcome == "passed":
            continue
        yield Finding(
            "EVD002",
            f"{contract.nodeid} {_OUTCOMES.get(contract.outcome, contract.outcome)}",
            remedy=f"run it, and make it pass: pytest --syncpoints {contract.nodeid.partition('::')[0]}",
            component=contract.component,
            anchor=f"{contract.component} {contract.nodeid}",
        )


_OUTCOMES = {
    "failed": "failed",
    "error": "failed in its setup or teardown",
    "skipped": "was skipped",
    "xfailed": "failed, and was expected to",
    "xpassed": "passed, though it was expected to fail",
    "deselected": "was deselected",
    "not collected": "was not collected",
    "not run": "did not run",
}


def _survivors(evidence: Evidence) -> Iterator[Finding]:
    for survivor in evidence.mutants.survivors if evidence.mutants is not None else ():
        file = evidence.files.get(survivor.path)
        tests = [evidence.nodeids[n] for n in file.executed.get(str(survivor.line), ())] if file is not None else []
        shown = ", ".join(tests[:MOST_TESTS]) + (
            f" and {len(tests) - MOST_TESTS} more" if len(tests) > MOST_TESTS else ""
        )
        yield Finding(
            "EVD004",
            f"{survivor.before}   ->   {survivor.after}   and every test that runs the line still passes",
            remedy=f"one of these should notice: {shown}" if tests else "add a test that notices",
            path=survivor.path,
            line=survivor.line,
            anchor=f"{survivor.before} -> {survivor.after}",
        )
