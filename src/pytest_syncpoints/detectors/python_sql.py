"""SQL that stands as a literal inside Python; what is computed is not read."""

from __future__ import annotations

import ast

from pytest_syncpoints.detectors import sql
from pytest_syncpoints.detectors.python_source import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Subject


def sql_of(node: ast.expr | None, subject: Subject) -> Iterator[Finding]:
    """Yield what literal SQL inside Python does; SQL that is computed is not read."""
    for at, written in literals(node) if node is not None else ():
        yield from sql.judge_text(written, subject, at=at)


def literals(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and text of each literal below a node; what an f-string computes is some name."""
    waiting: list[ast.AST] = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, ast.JoinedStr):
            parts = (text(part) if isinstance(part, ast.Constant) else "computed" for part in found.values)
            yield found.lineno, "".join(part or "" for part in parts)
        elif isinstance(found, ast.Constant) and isinstance(found.value, str):
            yield found.lineno, found.value
        else:
            waiting += list(ast.iter_child_nodes(found))
