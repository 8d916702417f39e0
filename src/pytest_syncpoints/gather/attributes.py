"""Attributes: what ``.gitattributes`` at the base say of paths (git 2.39 cannot be asked for a revision).

Source of the rules: gitattributes(5): patterns as in gitignore(5) but without ``!`` and without reaching into
a directory that matches; within a file the last line wins per attribute, a file nearer to the path wins.
"""

from __future__ import annotations

from pytest_syncpoints.pattern import segments_match

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

GENERATED = ("linguist-generated", "linguist-vendored", "gitlab-generated")
_SIZE_LIMIT = 1 << 20  # git itself ignores lines over 2,048 bytes and files over 100 MB; ours is a lower fence


class _Line:
    """One pattern and the attributes it sets."""

    __slots__ = ("anchored", "attributes", "segments")

    def __init__(self, pattern: str, attributes: dict[str, bool]) -> None:
        self.anchored = "/" in pattern.rstrip("/")
        self.segments = tuple(part for part in pattern.split("/") if part) if not pattern.endswith("/") else ()
        self.attributes = attributes

    def matches(self, names: tuple[str, ...]) -> bool:
        if not self.segments:  # a directory pattern matches no file
            return False
        return segments_match(self.segments, names if self.anchored else names[-1:])


def generated_paths(paths: Iterable[str], read: Callable[[str], bytes | None]) -> frozenset[str]:
    """Return the paths that attributes call generated or vendored; ``read`` gives a file of the base, or ``None``."""
    files: dict[str, tuple[_Line, ...]] = {}
    return frozenset(path for path in paths if _is_generated(path, files, read))


def _is_generated(path: str, files: dict[str, tuple[_Line, ...]], read: Callable[[str], bytes | None]) -> bool:
    state: dict[str, bool] = {}
    for folder, names in _places(path):
        if folder not in files:
            content = read(f"{folder}.gitattributes")
            files[folder] = tuple(_parse(content)) if content and len(content) <= _SIZE_LIMIT else ()
        for line in files[folder]:
            if line.matches(names):
                state.update(line.attributes)
    return any(state.get(name, False) for name in GENERATED)


def _places(path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each folder above a path, from the top (with its slash), and the path below it."""
    names = tuple(path.split("/"))
    for depth in range(len(names)):
        folder = "/".join(names[:depth])
        yield (f"{folder}/" if folder else ""), names[depth:]


def _parse(content: bytes) -> Iterator[_Line]:
    for raw in content.decode("utf-8", "surrogateescape").split("\n"):
        fields = raw.strip(" \t\r").split()
        if len(fields) < 2 or fields[0].startswith(("#", "!", "[attr]", '"')):
            continue
        attributes = dict(_attribute(field) for field in fields[1:])
        known = {name: value for name, value in attributes.items() if name in GENERATED}
        if known:
            yield _Line(fields[0], known)


def _attribute(field: str) -> tuple[str, bool]:
    if field.startswith(("-", "!")):
        return field[1:], False
    name, _, value = field.partition("=")
    return name, value not in ("false", "0")
