"""Lint of a policy that is well formed: what in it matches nothing, is used by nothing or has run out; pure."""

from __future__ import annotations

from pytest_syncpoints.pattern import PathPattern
from pytest_syncpoints.policy import BLOCKING_PURPOSES
from pytest_syncpoints.policy_values import nearest, shown
from pytest_syncpoints.record import Record
from pytest_syncpoints.toml_locator import Locator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal

    from pytest_syncpoints.policy import Policy
    from pytest_syncpoints.toml_locator import Path

    LintLevel = Literal["fault", "note"]

_MOST_NAMES = 5000  # a tree of more folders is not searched for the nearest name


class LintFault(Record):
    """One thing lint found: where, and what would mend it. A ``note`` is worth knowing and fails nothing."""

    path: str
    line: int
    column: int
    level: LintLevel
    message: str
    remedy: str = ""


class _Found(Record):
    """A fault whose place is still a path within the document."""

    at: Path
    level: LintLevel
    message: str
    remedy: str = ""


def lint_policy(policy: Policy, text: str, tracked: Sequence[str], today: str) -> tuple[LintFault, ...]:
    """Return what lint finds in a policy, in the order of its text.

    ``text`` is the file the policy was read from, ``tracked`` every path git knows, ``today`` an ISO date.
    """
    path = policy.path or ""
    root: Path = ("tool", "syncpoints") if path.rpartition("/")[2] == "pyproject.toml" else ()
    locator = Locator(text)
    found = []
    for fault in _faults(policy, tracked, today):
        line, column = locator.position((*root, *fault.at))
        found.append(LintFault(path, line, column, fault.level, fault.message, fault.remedy))
    return tuple(sorted(found, key=lambda fault: (fault.line, fault.column, fault.message)))


def _faults(policy: Policy, tracked: Sequence[str], today: str) -> Iterator[_Found]:
    yield from _idle_patterns(policy, tracked)
    yield from _unused(policy)
    yield from _sign_offs(policy)
    yield from _run_out(policy, today)
    if policy.signers.file is not None and policy.signers.file not in tracked:
        message = f"git does not track the signers file {shown(policy.signers.file)}, so no signature would count"
        yield _Found(("signers", "file"), "fault", message, f"git add {policy.signers.file}")


def _idle_patterns(policy: Policy, tracked: Sequence[str]) -> Iterator[_Found]:
    """Yield the patterns that match no tracked file: moved code takes its rules along only by hand."""
    matched: dict[str, bool] = {}
    for at, patterns in _patterns(policy):
        for number, text in enumerate(patterns):
            if text not in matched:
                pattern = PathPattern(text)
                matched[text] = any(pattern.matches(path) for path in tracked)
            if not matched[text]:
                message = f"the pattern {shown(text)} matches no tracked file"
                yield _Found((*at, number), "fault", message, _near(text, tracked))


def _patterns(policy: Policy) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Yield every list of path patterns with its place."""
    yield ("change", "exclude"), policy.exclude
    yield ("ownership", "require"), policy.require
    for part in policy.components:
        table = "syncpoints" if part.implicit else "components"
        for field in ("paths", "follows", "contract_tests"):
            yield (table, part.name, field), getattr(part, field)
    for norm in policy.norms:
        yield ("norms", norm.name, "within"), norm.within
        yield ("norms", norm.name, "except_in"), norm.except_in
    for number, exemption in enumerate(policy.exemptions):
        yield ("exemptions", number, "paths"), exemption.paths


def _near(pattern: str, tracked: Sequence[str]) -> str:
    """Return the nearest folder or file there is; a wildcard has none."""
    if any(symbol in pattern for symbol in "*?\\"):
        return "mend the pattern, or drop it"
    folders = {path[: end + 1] for path in tracked for end, symbol in enumerate(path) if symbol == "/"}
    names = sorted(folders if pattern.endswith("/") else folders.union(tracked))
    hint = nearest(pattern, names) if len(names) <= _MOST_NAMES else ""
    return hint if hint.startswith("did you mean") else "mend the pattern, or drop it"


def _unused(policy: Policy) -> Iterator[_Found]:
    used = {part.team for point in policy.syncpoints for part in point.participants}
    used.update(name for point in policy.syncpoints for name in point.waivable_by or ())
    for team in policy.teams:
        if team.name not in used:
            yield _Found(("teams", team.name), "note", f"no sync point asks the team {team.name}")
    watched = {name for point in policy.syncpoints for name in point.components}
    watched.update(name for incident in policy.incidents for name in incident.components)
    for part in policy.components:
        speaks = part.follows or part.contract_tests or part.budget is not None or part.tier != "normal"
        if part.name not in watched and not speaks:
            message = (
                f"nothing uses the component {part.name}: no sync point, incident, tier, budget, follower or contract"
            )
            yield _Found(("components", part.name), "note", message)


def _sign_offs(policy: Policy) -> Iterator[_Found]:
    for point in policy.syncpoints:
        at: Path = ("syncpoints", point.name)
        if "trailer" in point.accept:
            message = f"{point.name} accepts trailers: a claim that anyone who writes a commit can type"
            yield _Found((*at, "accept"), "note", message, 'accept = ["review", "signature"]')
        for number, part in enumerate(point.participants):
            members = policy.team(part.team).members
            blocks = not BLOCKING_PURPOSES.isdisjoint(part.purposes)
            if blocks and not members:
                message = f"{part.team} has no members, so nobody could sign for it"
                remedy = f'[teams.{_key(part.team)}] members = ["alice@example.org"]'
                yield _Found((*at, "participants", number, "team"), "fault", message, remedy)
            if blocks and members and all(member.startswith("@") and "/" in member for member in members):
                message = (
                    f"who is in {', '.join(members)} only the forge knows: without a token that may ask, nobody counts"
                )
                remedy = f"list its people: [teams.{_key(part.team)}] members"
                yield _Found((*at, "participants", number, "team"), "note", message, remedy)


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else f'"{name}"'


def _run_out(policy: Policy, today: str) -> Iterator[_Found]:
    for number, exemption in enumerate(policy.exemptions):
        if exemption.until is not None and exemption.until < today:
            message = f"the exemption from {exemption.rule} ended on {exemption.until}"
            yield _Found(("exemptions", number, "until"), "fault", message, "remove it, or say why it must go on")
    for part in policy.components:
        if part.until is not None and part.until < today:
            message = f"the experiment {part.name} ended on {part.until}: its sync points count now"
            yield _Found(("components", part.name, "until"), "note", message, "give it a tier, or remove it")
    for incident in policy.incidents:
        if incident.date > today:
            yield _Found(
                ("incidents", incident.name, "date"), "fault", f"the incident {incident.name} is in the future"
            )
