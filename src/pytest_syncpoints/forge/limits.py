"""Limits: how long a forge asks its callers to wait, from the headers and words of a refusal."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_LIMITED = frozenset((403, 429))  # GitHub answers a spent limit with either ("Rate limits for the REST API")
_UNTOLD = 60.0  # seconds; what GitHub asks for where a secondary limit comes without a header


def asked_wait(status: int, headers: Mapping[str, str], said: str, *, now: float) -> float | None:
    """Return the seconds a refusal asks its caller to wait, ``None`` where it asks for nothing.

    In this order (docs.github.com, "Best practices for using the REST API"; GitLab and RFC 9110 agree on the first):
    ``Retry-After`` in seconds or as a date; ``x-ratelimit-reset``, seconds since the epoch, where nothing
    remains; a minute for a secondary limit that tells no time. Header names are in lower case.
    """
    after = headers.get("retry-after", "").strip()
    if after and (status in _LIMITED or status == 503):
        return _seconds(after, now)
    if status not in _LIMITED:
        return None
    reset = headers.get("x-ratelimit-reset", headers.get("ratelimit-reset", ""))
    spent = headers.get("x-ratelimit-remaining", headers.get("ratelimit-remaining", "")) == "0"
    if (spent or status == 429) and reset.isascii() and reset.isdigit() and len(reset) < 16:
        return max(0.0, int(reset) - now) + 1.0
    return _UNTOLD if status == 429 or "rate limit" in said.lower() else None


def _seconds(after: str, now: float) -> float:
    if after.isascii() and after.isdigit() and len(after) < 16:
        return float(after)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(after).timestamp() - now)
    except (ValueError, OverflowError):
        return _UNTOLD
