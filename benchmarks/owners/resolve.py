"""One whole process: read an owners file and a list of paths, find the deciding line of each, print a checksum.

python resolve.py library|codeowners|pathspec|pathspec-re2|read OWNERS_FILE PATHS_FILE
"""

from __future__ import annotations

import sys


def library(text: bytes, paths: list[str]) -> list[int]:
    """Resolve with pytest_syncpoints."""
    from pytest_syncpoints.owners import load

    ownership = load("github", lambda path: text if path == "CODEOWNERS" else None)
    return [owned.source[1] if owned.source else 0 for _, owned in ownership.owned(paths)]


def codeowners(text: bytes, paths: list[str]) -> list[int]:
    """Resolve with the PyPI package codeowners."""
    from codeowners import CodeOwners

    resolver = CodeOwners(text.decode())
    return [resolver.matching_line(path)[1] or 0 for path in paths]


def pathspec(text: bytes, paths: list[str], backend: str | None = None) -> list[int]:
    """Resolve with pathspec in its gitignore mode, which says which pattern came last."""
    from pathspec import PathSpec

    patterns = [line.split()[0] for line in text.decode().splitlines()]
    spec = PathSpec.from_lines("gitignore", patterns, backend=backend)
    found = (spec.check_file(path).index for path in paths)
    return [0 if index is None else index + 1 for index in found]


def main(kind: str, owners_file: str, paths_file: str) -> None:
    """Run one of them."""
    with open(owners_file, "rb") as file:
        text = file.read()
    with open(paths_file, encoding="utf-8") as file:
        paths = file.read().splitlines()
    if kind == "read":
        return
    if kind == "library":
        lines = library(text, paths)
    elif kind == "codeowners":
        lines = codeowners(text, paths)
    else:
        lines = pathspec(text, paths, "re2" if kind == "pathspec-re2" else "simple")
    import zlib

    print(zlib.crc32(" ".join(map(str, lines)).encode()))


if __name__ == "__main__":
    main(*sys.argv[1:])
