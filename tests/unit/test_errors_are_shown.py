"""Every message of an error in the code is shown by a test, and names the place or what to type next."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).parents[2]
ERRORS = frozenset(("SyncpointsError", "UsageError", "Refused", "CannotEvaluate"))
HOLE = "\0"
# What stands for a whole message in the code, and where the messages themselves come from.
PASSED_ON = {
    "error.format_message()": "click's own words (TestHelp in test_terminal_door)",
    "error.message": "the message of an error shown elsewhere, wrapped for another exit status",
    "fault.message": "likewise",
    "message": "built a line above (strict_json, report_json) or a fault of a policy (tests/bad_policies)",
    "words": "what the host said (test_forge_client)",
    "(UsageError(message, where=where),)": "a list of faults",
    "_located(faults, decoded, path)": "likewise",
}
# No command mends these; each says in its own words what to do.
WITHOUT_REMEDY = {
    "internal error: ": "asks to be reported, with what to say (test_error_messages)",
    "syncpoints: ": "pytest's own error around ours, which has its remedy",
}


class Site(NamedTuple):
    """One construction of an error: where, the message with NUL for what is filled in, and its keywords."""

    where: str
    message: str
    keywords: frozenset[str]

    @property
    def readable(self) -> str:
        return self.message.replace(HOLE, "...")

    @property
    def pieces(self) -> list[str]:
        """Return the words that are always the same, the longest first."""
        found = [piece.strip() for piece in self.message.split(HOLE)]
        return sorted((piece for piece in found if len(piece) >= 4), key=len, reverse=True)


@cache
def sites() -> tuple[Site, ...]:
    """Return every place of the code that makes an error a user can meet."""
    files = sorted([*(TOP / "src").rglob("*.py"), *(TOP / "hooks").rglob("*.py")])
    return tuple(site for file in files if file.name != "errors.py" for site in _sites(file))


def _sites(file: Path) -> list[Site]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)} - {"Refused"}
    plain = {  # a Refused that is no error: a value of the JSON reader
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not any(ast.unparse(base) in ERRORS for base in node.bases)
    }
    names = ERRORS - own - plain
    return [
        Site(
            f"{file.relative_to(TOP)}:{node.lineno}", _text(node.args[0]), frozenset(k.arg or "" for k in node.keywords)
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node.args
    ]


def _text(node: ast.expr) -> str:
    """Return a message with NUL where something is filled in; a name alone stands for itself."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return HOLE
    if isinstance(node, ast.BinOp):
        return _text(node.left) + _text(node.right)
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "self._clean":
        return _text(node.args[0])
    return f"{{{ast.unparse(node)}}}"


@cache
def shown() -> tuple[str, ...]:
    """Return the texts tests compare with: literals of assertions, ``match=`` and tables, not docstrings."""
    found: set[str] = set()
    for file in sorted((TOP / "tests").rglob("*.py")):
        if file.name == Path(__file__).name:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found |= {
            node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
        }
        found -= {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, DOCUMENTED)}
    return tuple(sorted(text.replace("\\", "") for text in found if len(text) >= 8))


ENDS = re.compile(r"(?<!\.\.)[.!]$")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


def is_shown(site: Site) -> bool:
    """Say whether a literal of a test holds the longest words of the message, or is most of them."""
    words = site.pieces[0]
    return any(words in text or (len(text.strip()) >= 0.6 * len(words) and text.strip() in words) for text in shown())


def passed_on(site: Site) -> bool:
    """Say whether the whole message comes from elsewhere: a value, or somebody and what was said of them."""
    return site.message[1:-1] in PASSED_ON or set(site.message) <= {HOLE, ":", " "}


def test_a_test_shows_each_message() -> None:
    unshown = [site for site in sites() if not passed_on(site) and not (site.pieces and is_shown(site))]
    assert not unshown, "no test shows:\n" + "\n".join(f"{one.where}: {one.readable}" for one in unshown)


def test_each_names_the_place_or_what_to_type() -> None:
    alone = [
        site.where
        for site in sites()
        if not site.keywords & {"remedy", "where"} and not site.message.startswith(tuple(WITHOUT_REMEDY))
    ]
    assert alone == []


def test_each_is_one_line_without_a_full_stop() -> None:
    """The doors lay out line and remedy."""
    words = {site.where: site.readable for site in sites()}
    assert [where for where, text in words.items() if "\n" in text or ENDS.search(text)] == []
    assert [where for where, text in words.items() if len(text) > 200] == []


def test_the_collector_sees_them() -> None:
    """A rewrite that hides them all would make every test above pass."""
    assert len(sites()) > 150
    assert not is_shown(Site("", "nobody ever said this of anything", frozenset()))
