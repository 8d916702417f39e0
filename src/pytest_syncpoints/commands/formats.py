"""Formats: a report in the one that was asked for, built-in or of a plugin that the trusted policy names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_syncpoints.render import RENDERERS, renderer, unknown_format

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_syncpoints.plugins import Plugins
    from pytest_syncpoints.report import Report


def in_format(form: str, report: Report, plugins: Callable[[], Plugins | None]) -> str:
    """Return a report in a format; ``plugins`` are asked for only where no built-in format has the name.

    Raises UsageError, with the formats there are, for an unknown one, and CannotEvaluate where a plugin's crashes.
    """
    if form in RENDERERS:
        return _built_in(form, report)
    found = plugins()
    if found is None:
        raise unknown_format(form, RENDERERS)
    from pytest_syncpoints.plugins import rendered

    return rendered(found, form, report)


def _built_in(form: str, report: Report) -> str:
    found = renderer(form)
    if form == "html":
        from pytest_syncpoints.gather.hunk_code import hunk_code

        return found.render(report, code=hunk_code(report))
    return found.render(report)


def in_format_here(form: str, report: Report) -> str:
    """Return a report in a format, whoever wrote the report; raises as ``in_format`` does.

    Plugins are those that the policy at the tip of the target branch names, in the repository of the current
    directory: never one that only the report names, or a branch under review.
    """
    return in_format(form, report, lambda: _trusted_plugins(form))


def _trusted_plugins(form: str) -> Plugins | None:
    from pytest_syncpoints.errors import CannotEvaluate
    from pytest_syncpoints.gather.base import detect_base
    from pytest_syncpoints.gather.git import Discovery
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.gather.trust import TrustRoots
    from pytest_syncpoints.run import named_plugins

    try:
        repository = Discovery().repository()
    except CannotEvaluate as error:
        raise unknown_format(form, RENDERERS, unseen=f"of plugins none is known here: {error.message}") from error
    base = detect_base(repository, os.environ)
    if base is None:
        why = "no target branch could be detected, whose policy names them"
        raise unknown_format(form, RENDERERS, unseen=f"of plugins none is known here: {why}")
    with Objects(repository) as objects:
        policy = TrustRoots(objects, base.sha).policy()
    return named_plugins(policy, repository)
