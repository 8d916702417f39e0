"""Finding: what a check says, about which place, and what would settle it."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Level = Literal["off", "note", "warn", "block"]

LEVELS: tuple[Level, ...] = ("off", "note", "warn", "block")


class Finding(Record):
    """One statement of one rule.

    A check leaves ``level`` empty and the review fills it from the rule table, the policy and the door
    (a check may set it where the rule's level depends on the case). ``anchor`` is the symbol or line text
    that keeps the fingerprint stable when lines move, ``at_most`` a bound on the level where facts are missing.
    ``reversibility`` is the report's ``class``.
    """

    rule: str
    message: str
    remedy: str = ""
    path: str | None = None
    line: int | None = None
    end_line: int | None = None
    component: str | None = None
    syncpoint: str | None = None
    who: tuple[str, ...] = ()
    reversibility: str | None = None
    undo: str | None = None
    anchor: str = ""
    name: str = ""
    level: Level = "off"
    at_most: Level = "block"
    exempted: Exempted | None = None
    fingerprint: str = ""


class Exempted(Record):
    """Why a finding does not count: the exemption of the policy that covers it, and its position there."""

    because: str
    until: str | None = None
    position: int = 0
