"""Pages: what the loops found as one page each, plots before words: no script, no request, nothing from elsewhere."""

from __future__ import annotations

from pytest_syncpoints.render.escape import clipped
from pytest_syncpoints.render.html import filled
from pytest_syncpoints.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STYLES = ("page.css", "pages/plots.css")


def page(template: str, **values: Any) -> str:
    """Return a page of this family; every text among the values is escaped where it comes to stand."""
    text = filled(f"pages/{template}.html.jinja", STYLES, {**values, "version": VERSION, "clipped": clipped})
    return text.strip() + "\n"
