"""Reversibility: the files that detectors want, read, and what each detector says of them."""

from __future__ import annotations

from pytest_syncpoints.gather.apart import ask_apart
from pytest_syncpoints.gather.subjects import read_facts, read_subjects
from pytest_syncpoints.undoing import judged, taken_back

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.change import Change
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.subject import Detector, Reversibility


def read_reversibility(
    repository: Repository, change: Change, wanting: dict[str, tuple[Detector, ...]], objects: Objects
) -> Reversibility:
    """Return what the detectors say of the files they want; less where the change itself takes something back."""
    subjects = read_subjects(change, wanting, objects)
    found = judged(wanting, subjects, read_facts(repository, change, wanting, objects), ask=ask_apart)
    if not found.findings:
        return found
    from pytest_syncpoints.gather.undone import find_undone

    undone = find_undone(repository, change)
    return taken_back(found, undone.sha, undone.subject) if undone is not None else found
