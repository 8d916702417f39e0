"""Does this change keep the norms the team wrote down ahead?"""

from __future__ import annotations

from pytest_syncpoints.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.norms.model import Breach, Use
    from pytest_syncpoints.policy import Norm

name = "norms"
rules = ("NRM001", "NRM002", "NRM003", "POL004")


def run(context: ReviewContext) -> Iterator[Finding]:
    """Yield broken norms, ratchets that rose, and waivers without a reason or a use."""
    norms = {norm.name: norm for norm in context.policy.norms}
    for breach in context.norms.breaches:
        yield _FINDINGS[breach.kind](breach, norms.get(breach.norm))


def _broken(breach: Breach, norm: Norm | None) -> Finding:
    assert breach.use is not None
    message = f"{breach.norm}: {_said(breach.use)}"
    return _finding("NRM001", message, _remedy(breach, norm), breach)


def _unknown(breach: Breach, norm: Norm | None) -> Finding:
    assert breach.use is not None
    message = f"{breach.norm}: {_said(breach.use)}: nobody can tell ({breach.text})"
    return _finding("NRM001", message, _remedy(breach, norm), breach)._replace(at_most="note")


def _unread(breach: Breach, _: Norm | None) -> Finding:
    remedy = "split the file, or leave it out with `except_in`"
    return _finding("NRM001", f"could not be read: {breach.text}", remedy, breach)


def _no_python(breach: Breach, _: Norm | None) -> Finding:
    remedy = "mend it, or leave it out with `except_in`"
    return _finding("NRM001", f"could not be read: {breach.text}", remedy, breach)._replace(at_most="warn")


def _rose(breach: Breach, norm: Norm | None) -> Finding:
    return _finding("NRM002", f"{breach.norm}: {breach.text}", _remedy(breach, norm), breach)


def _unreasoned(breach: Breach, _: Norm | None) -> Finding:
    named = breach.text or "<norm>"
    message = f'"# syncpoints: {breach.norm}" says no reason, and waives nothing'
    return _finding("NRM003", message, f"write: # syncpoints: NRM {named} because <reason>", breach)


def _unused(breach: Breach, _: Norm | None) -> Finding:
    return _finding("POL004", f"the inline waiver of {breach.norm} {breach.text}", "take the comment out", breach)


_FINDINGS = {
    "broken": _broken,
    "unknown": _unknown,
    "unread": _unread,
    "syntax": _no_python,
    "rose": _rose,
    "unreasoned": _unreasoned,
    "unused": _unused,
}


def _finding(rule: str, message: str, remedy: str, breach: Breach) -> Finding:
    anchor = f"{breach.norm} {breach.use.qualified} {breach.use.problem}" if breach.use else breach.norm
    return Finding(
        rule, message, remedy=remedy, path=breach.path, line=breach.line, end_line=breach.last, anchor=anchor
    )


def _said(use: Use) -> str:
    shown = {"call": f"{use.qualified}()", "import": f"import of {use.qualified}", "decorator": f"@{use.qualified}"}
    what = shown.get(use.kind, f"a class of {use.qualified}" if use.kind == "base_class" else use.qualified)
    return f"{what} {use.problem}".rstrip()


def _remedy(breach: Breach, norm: Norm | None) -> str:
    if norm is None:
        return ""
    parts = []
    if norm.replace and breach.use is not None:
        parts.append(
            f"use {norm.replace.replace('{name}', breach.use.qualified.rpartition('.')[2])}: syncpoints check --fix"
        )
    if norm.why:
        parts.append(f"why: {norm.why}")
    return "; ".join(parts) or f"keep the norm, or waive it: # syncpoints: NRM {norm.name} because <reason>"
