"""The work of ``check --fix`` and the hook ``syncpoints-fix``: broken norms that name a replacement, mended on disk."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat

from pytest_syncpoints.errors import CannotEvaluate, SyncpointsError
from pytest_syncpoints.exemption import iso_date
from pytest_syncpoints.gather.child import Job, Limits, run_in_child
from pytest_syncpoints.gather.git import Discovery
from pytest_syncpoints.norms.pattern import NamePattern
from pytest_syncpoints.output import write_atomically
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.record import Record
from pytest_syncpoints.rules import selects
from pytest_syncpoints.run import gather

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.child import Answer
    from pytest_syncpoints.norms.model import Breach, Use
    from pytest_syncpoints.policy import Norm
    from pytest_syncpoints.run import Request

_LIMITS = Limits(seconds=30.0, memory=1 << 30)
_FIXER = "pytest_syncpoints.norms.fixing:fix"


class Fixed(Record):
    """What became of one file: how many uses were replaced, or why none was."""

    path: str
    replaced: int = 0
    refused: str = ""


class _Plan(Record):
    file: FileChange
    disk: str
    content: bytes
    replacements: tuple[dict[str, Any], ...]


def fix_norms(request: Request, discovery: Discovery | None = None) -> tuple[Fixed, ...]:
    """Mend what the change breaks, in the worktree's files and nowhere else; raises as ``run`` does."""
    repository = (discovery or Discovery()).repository()
    if repository.top is None:
        raise CannotEvaluate("a bare repository has no files to mend", remedy="run it in a worktree")
    context = gather(request, repository)
    plans: list[_Plan] = []
    results: list[Fixed] = []
    for path, replacements in sorted(_wanted(context).items()):
        found = _plan(repository.top, context.file(path), tuple(replacements))
        if isinstance(found, Fixed):
            results.append(found)
        else:
            plans.append(found)
    answers = run_in_child([_job(plan) for plan in plans], _LIMITS, packages=True) if plans else []
    results += [_write(plan, answer) for plan, answer in zip(plans, answers, strict=True)]
    return tuple(sorted(results, key=lambda one: one.path))


def as_text(fixed: Iterable[Fixed]) -> str:
    """Return a line per file: what was mended, or why not."""
    lines = []
    for one in fixed:
        many = "s" * (one.replaced != 1)
        said = f"not mended: {one.refused}" if one.refused else f"{one.replaced} use{many} replaced"
        lines.append(f"{one.path}: {said}\n")
    return "".join(lines)


def _wanted(context: ReviewContext) -> dict[str, list[dict[str, Any]]]:
    """Return the replacements to make by path: of sure uses, of norms that name one, where nothing exempts them."""
    norms = {norm.name: norm for norm in context.policy.norms if norm.replace}
    found: dict[str, list[dict[str, Any]]] = {}
    for breach in context.norms.breaches:
        norm = norms.get(breach.norm)
        if norm is None or breach.kind not in ("broken", "rose") or _is_exempt(breach, context):
            continue
        uses = breach.also if breach.kind == "rose" else (breach.use,)
        for use in uses:
            target = replacement(norm, use) if use is not None and use.sure else None
            if use is not None and target is not None:
                found.setdefault(breach.path, []).append(
                    {"line": use.line, "column": use.column, "kind": use.kind, "to": target, "written": use.written}
                )
    return found


def replacement(norm: Norm, use: Use) -> str | None:
    """Return the qualified name to write for a use, ``None`` where there is none to write.

    An import keeps what follows the part the norm names: ``oldlib.deep`` becomes ``newlib.deep``.
    """
    assert norm.replace is not None
    if use.kind != "import":
        return norm.replace.replace("{name}", use.qualified.rpartition(".")[2])
    names, pattern = use.qualified.split("."), NamePattern(norm.import_ or "")
    for count in range(1, len(names) + 1):
        if pattern.matches(".".join(names[:count])):
            return ".".join([norm.replace.replace("{name}", names[count - 1]), *names[count:]])
    return None


def _is_exempt(breach: Breach, context: ReviewContext) -> bool:
    rule = "NRM002" if breach.kind == "rose" else "NRM001"
    today = iso_date(context.evaluated_at)
    return any(
        selects(one.rule, rule)
        and (one.until is None or one.until >= today)
        and (not one.paths or PathPatterns(one.paths).match(breach.path) is not None)
        for one in context.policy.exemptions
    )


def _plan(top: str, file: FileChange | None, replacements: tuple[dict[str, Any], ...]) -> _Plan | Fixed:
    assert file is not None
    disk = os.path.join(top, file.path)
    folder = os.path.realpath(os.path.dirname(disk))
    if ".git" in file.path.lower().split("/") or folder != os.path.join(
        os.path.realpath(top), os.path.dirname(file.path)
    ).rstrip("/"):
        return Fixed(file.path, refused="a symbolic link leads there")
    try:
        with open(os.open(disk, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                return Fixed(file.path, refused="it is no regular file")
            content = opened.read()
    except OSError as error:
        return Fixed(file.path, refused=(error.strerror or str(error)).lower())
    if file.new_oid not in (_blob_id(content, file.new_oid), _blob_id(content.replace(b"\r\n", b"\n"), file.new_oid)):
        return Fixed(file.path, refused="the file on disk is not the one that was reviewed")
    return _Plan(file, disk, content, replacements)


def _blob_id(content: bytes, like: str) -> str:
    digest = hashlib.new("sha256" if len(like) == 64 else "sha1", usedforsecurity=False)
    digest.update(b"blob %d\0" % len(content) + content)
    return digest.hexdigest()


def _job(plan: _Plan) -> Job:
    keep = plan.file.path.rpartition("/")[2] == "__init__.py"  # its imports are what it exports
    said = json.dumps({"replacements": plan.replacements, "keep_imports": keep})
    return Job(_FIXER, (said.encode(), plan.content))


def _write(plan: _Plan, answer: Answer) -> Fixed:
    if answer.fault:
        return Fixed(plan.file.path, refused=answer.fault)
    if not answer.value["count"]:
        return Fixed(plan.file.path, refused="what is written there cannot be replaced as it stands")
    try:
        write_atomically(plan.disk, base64.b64decode(answer.value["fixed"]))
    except SyncpointsError as error:
        return Fixed(plan.file.path, refused=error.message)
    return Fixed(plan.file.path, answer.value["count"])
