"""Languages other than Python: how each family writes comments and strings, and which suffixes are its own."""

from __future__ import annotations

from pytest_syncpoints.record import Record


class Syntax(Record):
    """Comments and strings of one family of languages.

    ``strings`` end on their line, ``long`` ones may not: pairs of opener and closer. ``plain`` names openers in which a
    backslash is a backslash. ``lost`` are openers of what is not understood. ``spaces`` says what they mean:
    ``lines`` (nothing at the margin), ``free`` (nothing, nor do line ends) or ``within`` (line ends do).
    """

    line: tuple[str, ...] = ()
    block: tuple[tuple[str, str], ...] = ()
    nested: bool = False
    strings: tuple[tuple[str, str], ...] = ()
    long: tuple[tuple[str, str], ...] = ()
    plain: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    spaces: str = "lines"
    kind: str = ""


_C_BLOCK = (("/*", "*/"),)
_QUOTES = (('"', '"'), ("'", "'"))
_QUOTE = (('"', '"'),)
_TEXT = (('"""', '"""'),)

FAMILIES: dict[str, Syntax] = {
    "c": Syntax(("//",), _C_BLOCK, strings=_QUOTES, lost=('R"',), spaces="free", kind="c"),
    "csharp": Syntax(
        ("//",), _C_BLOCK, strings=_QUOTES, long=(('@"', '"'), ('@$"', '"')), lost=('"""',), spaces="free", kind="c#"
    ),
    "css": Syntax((), _C_BLOCK, strings=_QUOTES, lost=("url(",)),
    "docker": Syntax(("#",), lost=("<<",), kind="margin"),
    "go": Syntax(("//",), _C_BLOCK, strings=_QUOTES, long=(("`", "`"),), plain=("`",), spaces="within", kind="go"),
    "hcl": Syntax(("#", "//"), _C_BLOCK, strings=_QUOTE, lost=("<<",)),
    "ini": Syntax(("#", ";"), kind="margin"),
    "java": Syntax(("//",), _C_BLOCK, strings=_QUOTES, long=_TEXT, lost=("\\u", '""""'), spaces="free"),
    "javascript": Syntax(("//",), _C_BLOCK, strings=_QUOTES, lost=("<!--",), kind="javascript"),
    "kotlin": Syntax(
        ("//",), _C_BLOCK, nested=True, strings=_QUOTE, long=_TEXT, plain=('"""',), lost=('""""', '#"'), kind="rune"
    ),
    "lua": Syntax(("--",), (("--[[", "]]"),), strings=_QUOTES, long=(("[[", "]]"),), plain=("[[",), lost=("[=",)),
    "make": Syntax(("#",), lost=("define ",), kind="make"),
    "proto": Syntax(("//",), _C_BLOCK, strings=_QUOTES, spaces="free"),
    "rust": Syntax(("//",), _C_BLOCK, nested=True, long=_QUOTE, lost=('r##"', "r###"), spaces="free", kind="rune rust"),
    "scss": Syntax(("//",), _C_BLOCK, strings=_QUOTES, lost=("url(",)),
    "shell": Syntax(("#",), long=_QUOTES, plain=("'",), lost=("$'",), kind="shell"),
    "sql": Syntax(("--",), _C_BLOCK, long=_QUOTES, plain=("'", '"'), lost=("$", "\\", "`"), kind="sql"),
    "toml": Syntax(("#",), strings=_QUOTES, long=(*_TEXT, ("'''", "'''")), plain=("'", "'''"), lost=('""""', "''''")),
    "yaml": Syntax(("#",), kind="yaml", spaces="all"),
}
_SUFFIXES: dict[str, str] = {
    "c": "c h cc cpp cxx hh hpp hxx",
    "csharp": "cs",
    "css": "css",
    "docker": "dockerfile",
    "go": "go",
    "hcl": "tf tfvars hcl",
    "ini": "ini cfg editorconfig",
    "java": "java",
    "javascript": "js mjs cjs jsx ts mts cts tsx",
    "kotlin": "kt kts scala swift",
    "lua": "lua",
    "make": "mk makefile gnumakefile",
    "proto": "proto",
    "rust": "rs",
    "scss": "scss less",
    "shell": "sh bash zsh ksh",
    "sql": "sql",
    "toml": "toml",
    "yaml": "yaml yml",
}
_FAMILY_OF = {suffix: family for family, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}


def family_of(path: str) -> str:
    """Return the family of languages of a path by its name, or nothing where it is not known."""
    name = path.rpartition("/")[2].lower()
    return _FAMILY_OF.get(name.rpartition(".")[2], "docker" if name.startswith("dockerfile.") else "")
