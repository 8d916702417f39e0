"""Hook specifications: what a plugin may add. The empty functions' docstrings are the contract.

A plugin is an installed module named in the policy (``plugins = ["acme_checks"]``), so that the same commit is
judged by the same plugins on every machine; nothing is scanned for, and a module that lies inside the tree
under review is refused. Its functions are marked with ``pytest_syncpoints.hookimpl``.
"""

from __future__ import annotations

import pluggy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_syncpoints.check import Check, ReviewContext
    from pytest_syncpoints.render import Renderer
    from pytest_syncpoints.signoff import SignOff
    from pytest_syncpoints.subject import Detector

PROJECT = "syncpoints"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def syncpoints_checks() -> Sequence[Check]:  # type: ignore[empty-body]
    """Return checks to ask about every change, after the built-in ones.

    A check has a ``name`` (shown in the report's outcomes), ``rules`` (the codes it may raise; use a prefix of
    your own, such as ``ACME001``) and ``run(context)``, a pure function from a ``ReviewContext`` to findings, or
    to a ``Skip`` that says why it could not look. It reads no disk, no network and no clock: everything
    known about the change is in the context. A finding with a level of its own keeps it unless ``[rules]``
    says otherwise; without one it is a warning. A check that raises is reported as crashed, and blocks.
    """


@hookspec
def syncpoints_detectors() -> Sequence[Detector]:  # type: ignore[empty-body]
    """Return detectors of changes that are hard to undo, asked after the built-in ones.

    A detector has a ``name``, a ``kind`` (``schema`` and ``dependency`` are what sync points may ask for), ``wants``,
    a cheap question about one changed file, and ``judge(subject, facts)``, a pure function from the old and new bytes
    of that file to findings: ``costly``, ``no_reverse`` and ``irreversible`` of ``pytest_syncpoints.subject`` make
    them, each with the undo path (``undo``) and what would make the change reversible (``remedy``). What it must
    understand and cannot, it raises as ``Unparsed``, which counts as irreversible; what it did not look at, such as
    for want of a library, as ``NotRead``, which the report shows as skipped. One that raises anything else is
    reported as crashed, and blocks.
    """


@hookspec
def syncpoints_renderers() -> Mapping[str, Renderer]:  # type: ignore[empty-body]
    """Return renderers by the name that ``--format`` and ``render --to`` take.

    A renderer is an object with a ``name``, a ``suffix``, a ``media_type`` and ``render(report)``, a pure function
    from a ``Report`` to text. Everything in a report that came from a change (paths, names, messages) is untrusted:
    escape it for your format. A name that exists already is an error. One that raises, or returns no text, ends
    the command (exit 3). Only plugins of the policy at the target branch's tip are asked, whatever a report says.
    """


@hookspec
def syncpoints_norms(context: ReviewContext) -> Mapping[str, bool]:  # type: ignore[empty-body]
    """Return norms by name, and whether each is proven to hold on this very change.

    A participant with ``unless_norms`` need not sign for compliance while all of them hold. Leave out a norm you
    cannot judge: what is not proven saves nobody. What patterns in the policy say is judged already
    (``norms_held``); where two disagree, the norm does not hold. The
    context's sync points are not judged yet (``touched`` is empty). A plugin that raises stops the review (exit 3).
    """


@hookspec
def syncpoints_sign_offs(context: ReviewContext) -> Sequence[SignOff]:  # type: ignore[empty-body]
    """Return sign-offs known elsewhere (a ticket system, a change board) in the form every source has.

    ``source`` must be one that the sync point accepts, and ``digest`` that of the content that was approved:
    they are judged as all others are (members, authors, content). A plugin that raises stops the review (exit 3).
    """
