"""Links to files that are no pages (sources, benchmarks, examples) lead to the repository; a dead one is a warning."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx

REPOSITORY = "https://github.com/pytest-syncpoints/pytest-syncpoints/blob/main"
LINK = re.compile(r"(?<=\]\()(\.\./[^)#\s]*)(#[^)\s]*)?(?=\))")
WARN = logging.getLogger(__name__)


def absolute(app: Sphinx, page: str, content: list[str]) -> None:
    """Rewrite, before a page is parsed, each relative link that leaves the folder of the documentation."""
    docs = Path(app.srcdir).resolve()
    folder = (docs / page).parent

    def target(link: re.Match[str]) -> str:
        path = (folder / link[1]).resolve()
        if path.is_relative_to(docs):
            return link[0]
        if not path.exists():
            WARN.warning("no such file: %s", link[1], location=page)
        return f"{REPOSITORY}/{path.relative_to(docs.parent).as_posix()}{link[2] or ''}"

    content[0] = LINK.sub(target, content[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Take part in a build."""
    app.connect("source-read", absolute)
    return {"parallel_read_safe": True}
