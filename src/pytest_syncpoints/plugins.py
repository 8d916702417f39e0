"""Plugins: the manager that asks them; built-in checks and renderers register as a third party's would."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sysconfig

import pluggy

from pytest_syncpoints import hookspecs
from pytest_syncpoints.checks import CHECKS
from pytest_syncpoints.detectors import DETECTORS
from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.hookspecs import PROJECT, hookimpl
from pytest_syncpoints.record import Record
from pytest_syncpoints.render import RENDERERS, renderer, unknown_format

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_syncpoints.check import Check, ReviewContext
    from pytest_syncpoints.render import Renderer
    from pytest_syncpoints.report import Report
    from pytest_syncpoints.subject import Detector


Plugins = pluggy.PluginManager


class BuiltIn:
    """What the package itself adds."""

    @hookimpl
    def syncpoints_checks(self) -> Sequence[Check]:
        """Return the table of built-in checks."""
        return CHECKS

    @hookimpl
    def syncpoints_detectors(self) -> Sequence[Detector]:
        """Return the table of built-in detectors."""
        return DETECTORS

    @hookimpl
    def syncpoints_renderers(self) -> Mapping[str, Renderer]:
        """Return the table of built-in renderers."""
        return {name: renderer(name) for name in RENDERERS}


def plugin_manager(names: Sequence[str] = (), *, worktree: str | None = None) -> pluggy.PluginManager:
    """Return a manager with the built-ins and the named modules; raises UsageError for what may not or cannot load."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    for name in reversed(names):  # pluggy asks the latest first; the built-ins come first, then the policy's order
        manager.register(_load(name, worktree), name)
    manager.register(BuiltIn(), "built-in")
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise UsageError(f"a plugin does not fit: {error}", remedy="see the hook specifications in docs") from error
    return manager


def all_checks(manager: pluggy.PluginManager) -> tuple[Check, ...]:
    """Return the checks of every plugin, the built-in ones first."""
    return tuple(check for checks in manager.hook.syncpoints_checks() for check in checks)


def all_detectors(manager: pluggy.PluginManager) -> tuple[Detector, ...]:
    """Return the detectors of every plugin, the built-in ones first."""
    return tuple(one for detectors in manager.hook.syncpoints_detectors() for one in detectors)


class PluginRenderer(Record):
    """A renderer, and the name of the plugin that it is from."""

    plugin: str
    renderer: Renderer


def all_renderers(manager: pluggy.PluginManager) -> dict[str, PluginRenderer]:
    """Return every renderer by the name of its format, the built-in ones first.

    Raises UsageError where two plugins claim one name, CannotEvaluate, with the plugin's name, where one crashes.
    """
    renderers: dict[str, PluginRenderer] = {}
    for plugin, table in _renderer_tables(manager):
        for name, added in table.items():
            if name in renderers:
                raise UsageError(f"two plugins render {name!r}", remedy="remove one of them from `plugins`")
            renderers[name] = PluginRenderer(plugin, added)
    return renderers


def rendered(manager: pluggy.PluginManager, form: str, report: Report) -> str:
    """Return a report in the format of that name.

    Raises UsageError, with the formats there are, where there is none of that name, and CannotEvaluate, with the
    plugin's name, where its renderer crashes or returns something else than text.
    """
    renderers = all_renderers(manager)
    if form not in renderers:
        raise unknown_format(form, renderers)
    plugin, found = renderers[form]
    try:
        text = found.render(report)
    except (Exception, SystemExit) as error:
        raise _crashed(plugin, f"rendering {form!r}", error) from error
    if not isinstance(text, str):
        raise CannotEvaluate(
            f"the plugin {plugin!r} rendered {form!r} as {type(text).__name__}, not as text (str)",
            remedy=f"mend {plugin}, or take another --format",
        )
    return text


def _renderer_tables(manager: pluggy.PluginManager) -> Iterator[tuple[str, Mapping[str, Renderer]]]:
    """Ask one plugin at a time, so that one that crashes can be named."""
    for name, plugin in reversed(manager.list_name_plugin()):  # the latest first, as pluggy asks them
        others = [other for other in manager.get_plugins() if other is not plugin]
        try:
            tables = [dict(table) for table in manager.subset_hook_caller("syncpoints_renderers", others)()]
        except (Exception, SystemExit) as error:
            raise _crashed(name, "naming its renderers", error) from error
        yield from ((name, table) for table in tables)


def _crashed(plugin: str, doing: str, error: BaseException) -> CannotEvaluate:
    said = f"{type(error).__name__}: {error}"
    return CannotEvaluate(
        f"the plugin {plugin!r} crashed {doing}: {said}", remedy=f"mend {plugin}, or take another --format"
    )


def more_facts(manager: pluggy.PluginManager, context: ReviewContext) -> ReviewContext:
    """Return the context with what plugins know of norms and sign-offs; raises CannotEvaluate where one crashes."""
    try:
        norms = [context.norms_held, *map(dict, manager.hook.syncpoints_norms(context=context))]
        sign_offs = [claim for found in manager.hook.syncpoints_sign_offs(context=context) for claim in found]
    except Exception as error:
        raise CannotEvaluate(
            f"a plugin crashed: {type(error).__name__}: {error}", remedy=f"plugins: {', '.join(context.policy.plugins)}"
        ) from error
    held = {name: all(found.get(name, True) for found in norms) for found in norms for name in found}
    return context._replace(norms_held=held, sign_offs=(*context.sign_offs, *sign_offs))


def _load(name: str, worktree: str | None) -> object:
    root = name.partition(".")[0]
    try:
        spec = importlib.util.find_spec(root)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise UsageError(f"the policy names the plugin {name!r}, which is not installed", remedy=f"pip install {root}")
    places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or ())
    if worktree is not None and any(_inside(place, worktree) for place in places):
        raise UsageError(
            f"the plugin {name!r} lies inside the tree under review and is not imported",
            remedy="install it from a package instead",
        )
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise UsageError(
            f"the plugin {name!r} cannot be imported: {error}", remedy=f"python -c 'import {name}'"
        ) from error


def _inside(place: str, worktree: str) -> bool:
    """Say whether a module lies in the tree, and not in the environment this interpreter runs from (``.venv``)."""
    real = os.path.realpath(place)
    if any(_below(real, os.path.realpath(sysconfig.get_path(kind))) for kind in ("purelib", "platlib")):
        return False
    return _below(real, os.path.realpath(worktree))


def _below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")
