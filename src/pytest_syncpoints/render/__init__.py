"""Renderers: a report as text, one module per format; ``RENDERERS`` names the module of each."""

from __future__ import annotations

from pytest_syncpoints.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    class Renderer(Protocol):
        """A format. A module with these names satisfies it; so does any object.

        ``suffix`` is the usual end of a file's name, ``media_type`` what a server would call it. ``render``
        takes a report and the format's own options as keywords, all with defaults, and returns text that
        depends on nothing else.
        """

        @property
        def name(self) -> str:
            """Return the word after ``--format``."""

        @property
        def suffix(self) -> str:
            """Return the end of a file's name, with its dot."""

        @property
        def media_type(self) -> str:
            """Return the registered type of the text."""

        @property
        def render(self) -> Callable[..., str]:
            """Return the function from report to text."""


# A new format is a module beside this one and a line here; it is imported when it is asked for.
RENDERERS: dict[str, str] = {
    "text": "pytest_syncpoints.render.terminal",
    "json": "pytest_syncpoints.render.json",
    "markdown": "pytest_syncpoints.render.markdown",
    "html": "pytest_syncpoints.render.html",
    "sarif": "pytest_syncpoints.render.sarif",
    "github": "pytest_syncpoints.render.annotations_github",
    "gitlab": "pytest_syncpoints.render.codequality_gitlab",
}


def renderer(name: str) -> Renderer:
    """Return the renderer of a format; UsageError, with the formats there are, for any other name."""
    from importlib import import_module

    if name not in RENDERERS:
        raise unknown_format(name, RENDERERS)
    module: Renderer = import_module(RENDERERS[name])
    return module


def unknown_format(name: str, names: Iterable[str], *, unseen: str = "") -> UsageError:
    """Return the error for a format there is not, with those there are; ``unseen`` says why there may be more."""
    from difflib import get_close_matches

    known = tuple(names)
    close = get_close_matches(name, known, n=1)
    nearest = f"did you mean {close[0]!r}? " if close else ""
    more = f"; {unseen}" if unseen else ""
    return UsageError(f"no format is called {name!a}", remedy=f"{nearest}there are: {', '.join(known)}{more}")
