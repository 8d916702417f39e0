"""Undoing: every detector asked about the files it wants, and what they say put together."""

from __future__ import annotations

from pytest_syncpoints.finding import Exempted
from pytest_syncpoints.subject import Facts, NotRead, Reversibility, Unparsed, unparsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Detector, Subject

# What goes on hurting though the tree is as it was: a secret that was seen stays seen.
_NEVER_UNDONE = ("secret",)
NO_FACTS = Facts()
MOST_OF_A_FILE = 8  # findings of one file and one rule; the last counts the rest


def wanted(detectors: Sequence[Detector], files: Iterable[FileChange]) -> dict[str, tuple[Detector, ...]]:
    """Return the detectors that want each path; paths that none wants are left out."""
    found = {file.path: tuple(one for one in detectors if one.wants(file)) for file in files if not file.is_gitlink}
    return {path: of for path, of in found.items() if of}


def in_process(detector: Detector, subject: Subject, facts: Facts) -> Iterable[Finding]:
    """Ask a detector right here."""
    return detector.judge(subject, facts)


def judge_packed(packed: bytes) -> dict[str, object]:
    """Judge one file in a process of its own: module, subject and facts come pickled by us, plain data goes back."""
    import pickle

    module, subject, facts = pickle.loads(packed)  # noqa: S301  # written by our own process, a moment ago
    found: list[list[object]] = []
    try:
        for finding in __import__(module, fromlist=("judge",)).judge(subject, facts):
            found.append(list(finding))  # noqa: PERF401  # what was found before a skip must be kept
    except Unparsed as error:
        return {"found": found, "unparsed": str(error)}
    except NotRead as error:
        return {"found": found, "not_read": str(error)}
    return {"found": found}


def judged(
    wanting: dict[str, tuple[Detector, ...]],
    subjects: dict[str, Subject],
    facts: Facts = NO_FACTS,
    *,
    ask: Callable[[Detector, Subject, Facts], Iterable[Finding]] = in_process,
) -> Reversibility:
    """Return what the detectors say of the files they want. One that crashes says so, and hides no other's answer."""
    findings: list[Finding] = []
    skipped: dict[tuple[str, str], list[str]] = {}
    crashed: dict[tuple[str, str], list[str]] = {}
    for path, detectors in wanting.items():
        for detector in detectors:
            own = tuple(subjects[p] for p, of in wanting.items() if detector in of and p in subjects)
            found: list[Finding] = []
            if subjects[path].file.binary:
                findings.append(unparsed(subjects[path], "it is binary"))
                continue
            try:
                for finding in ask(detector, subjects[path], facts._replace(subjects=own)):
                    found.append(finding)  # noqa: PERF402  # what was found before a skip must be kept
            except Unparsed as error:
                found.append(unparsed(subjects[path], str(error)))
            except (RecursionError, MemoryError):
                found.append(unparsed(subjects[path], "nested too deep"))
            except NotRead as error:
                skipped.setdefault((detector.name, str(error)), []).append(path)
            except Exception as error:  # noqa: BLE001  # whatever a detector does wrong must not pass for "nothing found"
                crashed.setdefault((detector.name, f"{type(error).__name__}: {error}"), []).append(path)
            findings += _at_most(found)
    return Reversibility(
        findings=tuple(dict.fromkeys(findings)),
        kinds={path: tuple(dict.fromkeys(one.kind for one in of)) for path, of in wanting.items()},
        skipped=tuple((name, why, tuple(paths)) for (name, why), paths in skipped.items()),
        crashed=tuple((name, why, tuple(paths)) for (name, why), paths in crashed.items()),
    )


def _at_most(found: list[Finding]) -> list[Finding]:
    """Return the findings of a file, those of one rule beyond some many told by their number."""
    kept: list[Finding] = []
    for rule in sorted({finding.rule for finding in found}):
        of = [finding for finding in found if finding.rule == rule]
        kept += of[:MOST_OF_A_FILE]
        rest = len(of) - MOST_OF_A_FILE
        if rest > 0:
            last = of[MOST_OF_A_FILE]
            kept.append(
                last._replace(message=f"{last.message} (and {rest - 1} more of this file)") if rest > 1 else last
            )
    return kept


def taken_back(found: Reversibility, commit: str, subject: str) -> Reversibility:
    """Return the same with every finding exempted, for a change that exactly undoes an earlier commit."""
    because = f"exactly undoes {commit[:12]} ({subject})" if subject else f"exactly undoes {commit[:12]}"
    findings = tuple(
        finding
        if set(found.kinds.get(finding.path or "", ())) & set(_NEVER_UNDONE) and finding.anchor == "secret"
        else finding._replace(exempted=Exempted(because))
        for finding in found.findings
    )
    return found._replace(findings=findings, undoes=commit)
