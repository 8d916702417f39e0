"""Comparing: two versions of a package, by griffe, and by us where it is silent. Runs in a child."""

from __future__ import annotations

import logging

from pytest_syncpoints.api.exports import reached
from pytest_syncpoints.api.loading import both
from pytest_syncpoints.api.reported import reported
from pytest_syncpoints.api.unreported import unreported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def compare(asked: bytes, *sources: bytes) -> dict[str, Any]:
    """Return ``{"breaks": [...]}`` between two versions of a package.

    ``asked`` is JSON: ``{"package", "old": [[module, path, index], ...], "new": [...]}``, the index into ``sources``.
    """
    import json

    logging.disable(logging.CRITICAL)
    said = json.loads(asked)
    old, new = both(said["package"], (said["old"], said["new"]), sources)
    found = [*reported(old, new, reached(old)), *unreported(old, new)]
    once = {(one["name"], one["rule"], one["text"]): one for one in found}
    gone = {one["name"] for one in found if one["rule"] == "API004"}
    return {"breaks": [one for one in once.values() if not (one["rule"] == "API001" and one["name"] in gone)]}
