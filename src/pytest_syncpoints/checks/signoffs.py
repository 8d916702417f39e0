"""Have the people who must meet over this change met?"""

from __future__ import annotations

from pytest_syncpoints.finding import Finding
from pytest_syncpoints.meeting import REVIEWS_NOT_GIVEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.finding import Level
    from pytest_syncpoints.meeting import Meeting, Touched

name = "signoffs"
rules = ("SYN001", "SYN002", "SYN003", "SYN004", "SYN005")
_RULE_BY_STATUS = {"open": "SYN001", "stale": "SYN002", "waived": "SYN003"}


def run(context: ReviewContext) -> Iterator[Finding]:
    """Yield one finding for each participant that has not met, whose sign-off lapsed, or who was waived."""
    for touched in context.touched:
        for meeting in touched.meetings:
            rule = _RULE_BY_STATUS.get(meeting.status)
            if rule is not None:
                yield _finding(rule, touched, meeting)._replace(at_most=_bound(meeting, context))
            if meeting.withdrawn:
                yield _withdrawn(touched, meeting)
            if meeting.unknown and context.reviews_given:
                yield _unknown_members(touched, meeting, context)


def _bound(meeting: Meeting, context: ReviewContext) -> Level:
    """Return the highest level a missing sign-off may have: a test run that was given no reviews only warns."""
    return "warn" if context.tests_ran and meeting.because == REVIEWS_NOT_GIVEN else "block"


def _finding(rule: str, touched: Touched, meeting: Meeting) -> Finding:
    name, team = touched.syncpoint.name, meeting.participant.team
    message = {
        "SYN001": f"{name} needs {team} ({meeting.purpose})",
        "SYN002": f"{name} needs {team} again ({meeting.purpose})",
        "SYN003": f"{name} was waived for {team} by {meeting.by}: {meeting.because}",
    }[rule]
    return Finding(
        rule,
        message,
        remedy=_remedy(rule, touched, meeting),
        path=touched.files[0].path if touched.files else None,
        syncpoint=name,
        component=touched.components[0] if touched.components else None,
        who=(team,),
        anchor=f"{name}/{team}/{meeting.purpose}",
    )


def _remedy(rule: str, touched: Touched, meeting: Meeting) -> str:
    if rule == "SYN003":
        return "it stays on record as a debt: meet when there is time"
    return f"{_who(meeting)} can {_acts(touched)}"


def _who(meeting: Meeting) -> str:
    team, approvals = meeting.participant.team, meeting.participant.approvals
    return team if approvals == 1 else f"{approvals} of {team}"


def _acts(touched: Touched) -> str:
    """Return what settles it, in a form that suits teams whose names are plural and those whose are not."""
    accepted = set(touched.syncpoint.accept)
    approve = ["approve the pull request"] if "review" in accepted else []
    sign = [f"sign: syncpoints signoff {touched.syncpoint.name}"] if accepted - {"review"} else []
    return ", or ".join((*approve, *sign))


def _withdrawn(touched: Touched, meeting: Meeting) -> Finding:
    name, team, norms = touched.syncpoint.name, meeting.participant.team, ", ".join(meeting.withdrawn)
    many = len(meeting.withdrawn) > 1
    return Finding(
        "SYN004",
        f"{name}: {meeting.purpose} takes {team} again, because this change breaks norm{'s' * many} {norms}",
        remedy=f"keep the norm{'s' * many}, or have {_who(meeting)} {_acts(touched)}",
        path=touched.files[0].path if touched.files else None,
        syncpoint=name,
        component=touched.components[0] if touched.components else None,
        who=(team,),
        anchor=f"{name}/{team}/{meeting.purpose}",
    )


def _unknown_members(touched: Touched, meeting: Meeting, context: ReviewContext) -> Finding:
    team = meeting.participant.team
    table = "syncpoints.toml, [teams.NAME]" if context.policy.path is None else f'[teams."{team}"]'
    return Finding(
        "SYN005",
        f"cannot tell who is in {', '.join(meeting.unknown)}",
        remedy=f"list its people in {table} members",
        syncpoint=touched.syncpoint.name,
        who=(team,),
        anchor=f"{touched.syncpoint.name}/{team}",
    )
