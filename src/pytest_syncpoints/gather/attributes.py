"""Attributes: what ``.gitattributes`` at the base say of paths (git 2.39 cannot be asked for a revision).

Source of the rules: gitattributes(5), and what git answers where that page is silent: patterns as in gitignore(5)
but without ``!`` and without reaching into a directory that matches; the last line wins per attribute, a file
nearer to the path wins, macros are defined at the top alone. A line whose pattern holds a character class says
nothing here: what it would exclude is counted.
"""

from __future__ import annotations

from pytest_syncpoints.pattern import pattern_segments, segments_match

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Value = bool | str | None
    Settings = list[tuple[str, Value]]

GENERATED = ("linguist-generated", "linguist-vendored", "gitlab-generated")
_SIZE_LIMIT = 1 << 20  # git itself ignores files over 100 MB; ours is a lower fence
_LINE_LIMIT = 2048  # git's own: it ignores a line of so many bytes
_MACRO = "[attr]"
_NAME = frozenset("-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}


class _Line:
    """One pattern and the attributes it sets, in the order of the line."""

    __slots__ = ("_anchored", "_segments", "settings")

    def __init__(self, pattern: str, settings: Settings) -> None:
        self._anchored = "/" in pattern.rstrip("/")
        self._segments = pattern_segments(pattern) if not pattern.endswith("/") else ()
        self.settings = settings

    def matches(self, names: tuple[str, ...]) -> bool:
        if not self._segments:  # a directory pattern matches no file
            return False
        return segments_match(self._segments, names if self._anchored else names[-1:])


class _Files:
    """The attribute files of a tree, each read when the first path below it is asked for."""

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        self._read = read
        self._lines: dict[str, tuple[_Line, ...]] = {}
        self.macros: dict[str, Settings] = {}

    def lines(self, folder: str) -> tuple[_Line, ...]:
        if folder not in self._lines:
            content = self._read(f"{folder}.gitattributes")
            parsed = _parse(content) if content and len(content) <= _SIZE_LIMIT else ()
            self._lines[folder] = tuple(self._patterns(parsed, top=not folder))
        return self._lines[folder]

    def _patterns(self, parsed: Iterable[tuple[str, Settings]], *, top: bool) -> Iterator[_Line]:
        for pattern, settings in parsed:
            if not pattern.startswith(_MACRO):
                yield _Line(pattern, settings)
            elif top:
                self.macros[pattern.removeprefix(_MACRO)] = settings


def generated_paths(paths: Iterable[str], read: Callable[[str], bytes | None]) -> frozenset[str]:
    """Return the paths that attributes call generated or vendored; ``read`` gives a file of the base, or ``None``."""
    files = _Files(read)
    return frozenset(path for path in paths if _is_generated(path, files))


def _is_generated(path: str, files: _Files) -> bool:
    found: dict[str, Value] = {}
    matching = [line for folder, names in _places(path) for line in files.lines(folder) if line.matches(names)]
    for line in reversed(matching):
        _fill(found, line.settings, files.macros)
    return any(found.get(name) not in (None, False, "false", "0") for name in GENERATED)


def _fill(found: dict[str, Value], settings: Settings, macros: dict[str, Settings]) -> None:
    """Add what a line sets and no later line has set; an attribute that is set and is a macro brings its own."""
    for name, value in reversed(settings):
        if name not in found:
            found[name] = value
            if value is True and name in macros:
                _fill(found, macros[name], macros)


def _places(path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each folder above a path, from the top (with its slash), and the path below it."""
    names = tuple(path.split("/"))
    for depth in range(len(names)):
        folder = "/".join(names[:depth])
        yield (f"{folder}/" if folder else ""), names[depth:]


def _parse(content: bytes) -> Iterator[tuple[str, Settings]]:
    """Yield each line's pattern (or macro) and what it sets; lines that git drops are dropped."""
    for raw in content.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        line = raw.decode("utf-8", "surrogateescape").strip(" \t\r")
        if not line or line[0] in "#!" or len(raw) >= _LINE_LIMIT:
            continue
        pattern, rest = _unquoted(line) if line[0] == '"' else _first_word(line)
        settings = [_setting(word) for word in rest.replace("\t", " ").replace("\r", " ").split(" ") if word]
        if pattern.startswith("!") or not all(_is_name(name) for name, _ in settings):
            continue
        if pattern.startswith(_MACRO) or not _has_class(pattern):
            yield pattern, settings


def _first_word(line: str) -> tuple[str, str]:
    end = min((found for found in (line.find(" "), line.find("\t"), line.find("\r")) if found >= 0), default=len(line))
    return line[:end], line[end:]


def _unquoted(line: str) -> tuple[str, str]:
    """Return the pattern in C-style quotes and the rest of the line; where the quotes are off, the plain first word."""
    raw = bytearray()
    at = 1
    while at < len(line) and line[at] != '"':
        octal = line[at + 1 : at + 4]
        if line[at] != "\\":
            raw += line[at].encode("utf-8", "surrogateescape")
            at += 1
        elif octal[:1] in _ESCAPES:
            raw.append(_ESCAPES[octal[0]])
            at += 2
        elif len(octal) == 3 and octal[0] in "0123" and all(digit in "01234567" for digit in octal):
            raw.append(int(octal, 8))
            at += 4
        else:
            return _first_word(line)
    return (raw.decode("utf-8", "surrogateescape"), line[at + 1 :]) if at < len(line) else _first_word(line)


def _has_class(pattern: str) -> bool:
    plain = pattern.replace("\\\\", "").replace("\\[", "")
    return "[" in plain


def _is_name(name: str) -> bool:
    return bool(name) and not name.startswith("-") and _NAME.issuperset(name)


def _setting(word: str) -> tuple[str, Value]:
    name, equals, value = word.partition("=")
    if name.startswith(("-", "!")):
        return name[1:], False if name[0] == "-" else None
    return name, value if equals else True
