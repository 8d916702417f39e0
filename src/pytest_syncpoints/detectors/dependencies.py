"""Dependencies: major upgrades, and pins that go.

Requirements by https://peps.python.org/pep-0508/ , ranges of npm and Cargo by their own documentation
(https://docs.npmjs.com/cli/configuring-npm/package-json#dependencies, https://doc.rust-lang.org/cargo/reference/).
"""

from __future__ import annotations

import re

from pytest_syncpoints.detectors.documents import read_json, read_toml
from pytest_syncpoints.record import Record
from pytest_syncpoints.subject import Unparsed, costly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

MOST_BYTES = 1 << 20
MOST_PACKAGES = 300  # that one file changes; a report shows fewer by far
_REQUIREMENT = re.compile(r"([A-Za-z0-9][\w.-]{0,100})\s*(?:\[[^\]]{0,200}\])?\s*\(?([^;#@)]{0,200})")
_VERSION = re.compile(r"(\^|~=|~>|~|>=|==|===|=|>|<=|<|!=)?\s*v?(\d+)(?:\.(\d+|\*|x))?[\w.*+!-]*")
_GO = re.compile(r"^\s*(?:require\s+)?([\w./~-]+\.[\w./~-]+)\s+v(\d+)\.(\d+)[\w.+-]*(.*)$")
# Lists for whoever works on the project: nothing that runs depends on them.
_DEVELOPMENT = ("dev", "test", "doc", "lint", "typing", "check", "bench", "ci", "build")


class Wanted(Record):
    """What is asked of one package: its range as written, the lowest major version, whether it is exact."""

    text: str
    major: tuple[int, ...] | None
    pinned: bool


def judge(subject: Subject, _: Facts) -> Iterator[Finding]:
    """Yield what goes up by a major version or is no longer pinned."""
    name = subject.path.rpartition("/")[2]
    if subject.before is None or subject.after is None or _is_for_development(name):
        return
    read = _READERS.get(name, _requirements)
    old, new = _read(read, subject.before), read(subject.after)
    differing = [package for package in sorted(old.keys() & new.keys()) if old[package] != new[package]]
    for package in differing[:MOST_PACKAGES]:
        before, after = old[package], new[package]
        line = subject.line_of(package.encode()) or subject.line_of(package.encode().replace(b"-", b"_"))
        if before.major is not None and after.major is not None and after.major > before.major:
            yield _major(subject, line, package, before, after)
        elif before.pinned and not after.pinned:
            yield _loosened(subject, line, package, before, after)


def _read(read: Callable[[bytes], dict[str, Wanted]], content: bytes) -> dict[str, Wanted]:
    try:
        return read(content)
    except Unparsed:  # it was broken before; the change may well mend it
        return {}


def _is_for_development(name: str) -> bool:
    words = re.split(r"[^a-z]+", name.lower())
    return name.endswith((".txt", ".in")) and any(word.startswith(_DEVELOPMENT) for word in words)


def _major(subject: Subject, line: int | None, package: str, before: Wanted, after: Wanted) -> Finding:
    return costly(
        subject,
        line,
        f"{package} goes from {before.text} to {after.text}, a major version",
        undo=f"go back to {before.text}, together with whatever was adapted to the new version",
        remedy="land code that works with both first, and the upgrade by itself",
        anchor=f"{package} major",
    )


def _loosened(subject: Subject, line: int | None, package: str, before: Wanted, after: Wanted) -> Finding:
    return costly(
        subject,
        line,
        f"{package} was pinned to {before.text} and is no longer ({after.text or 'any version'})",
        undo=f"pin {before.text} again; which versions ran meanwhile, the tree does not say",
        remedy="keep the exact versions in a lock file or a constraints file",
        anchor=f"{package} pin",
    )


def _wanted(text: str, *, leading_zero: bool = False, bare_pins: bool = False) -> Wanted:
    """Read a range; ``leading_zero``: 0.3 to 0.4 is major (Cargo); ``bare_pins``: a bare version is exact (npm)."""
    said = text.strip().strip("\"'").strip()
    lowest: tuple[int, ...] | None = None
    pinned = False
    for part in re.split(r"[,\s]+(?![\d])|,|\|\|", said)[:10]:
        found = _VERSION.match(part.strip())
        if found is None:
            continue
        sign, major, minor = found[1] or "", int(found[2][:9]), found[3]
        exact = sign in ("==", "===") or (sign == "=" or (not sign and bare_pins))
        pinned = pinned or (exact and minor not in ("*", "x", None) and "*" not in part)
        if sign in ("<", "<=", "!="):
            continue
        key = (major, int(minor)) if leading_zero and major == 0 and minor and minor.isdigit() else (major,)
        lowest = key if lowest is None else min(lowest, key)
    return Wanted(" ".join(said.split())[:60], lowest, pinned)


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise Unparsed(f"{len(content):,} bytes of requirements")
    return content.decode("utf-8", "replace")


def _requirements(content: bytes) -> dict[str, Wanted]:
    lines = (line.strip() for line in _text(content).splitlines())
    return _all(line.split(" --hash")[0].rstrip("\\") for line in lines if line[:1].isalnum() and "://" not in line)


def _all(requirements: Any) -> dict[str, Wanted]:
    found: dict[str, Wanted] = {}
    for requirement in requirements:
        parts = _REQUIREMENT.match(requirement) if isinstance(requirement, str) else None
        if parts is not None:
            found.setdefault(re.sub(r"[-_.]+", "-", parts[1]).lower(), _wanted(parts[2]))
    return found


def _pyproject(content: bytes) -> dict[str, Wanted]:
    document = read_toml(content)
    project = _table(document, "project")
    listed = [*_list(project.get("dependencies"))]
    for name, extra in _table(project, "optional-dependencies").items():
        if not name.startswith(_DEVELOPMENT):
            listed += _list(extra)
    poetry = _table(_table(document, "tool"), "poetry")
    named = {
        name.lower(): _wanted(
            version if isinstance(version, str) else str(_table({"_": version}, "_").get("version", "")), bare_pins=True
        )
        for name, version in _table(poetry, "dependencies").items()
    }
    return {**_all(listed), **named}


def _table(document: Any, key: str) -> dict[str, Any]:
    found = document.get(key) if isinstance(document, dict) else None
    return found if isinstance(found, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _package_json(content: bytes) -> dict[str, Wanted]:
    document = read_json(content)
    found: dict[str, Wanted] = {}
    for kind in ("dependencies", "peerDependencies", "optionalDependencies"):
        for name, version in _table(document, kind).items():
            if isinstance(version, str) and ":" not in version and "/" not in version:
                found[name] = _wanted(version, bare_pins=True)
    engines = _table(document, "engines").get("node")
    return {**found, "node": _wanted(engines)} if isinstance(engines, str) else found


def _cargo(content: bytes) -> dict[str, Wanted]:
    document = read_toml(content)
    tables = [_table(document, "dependencies"), _table(_table(document, "workspace"), "dependencies")]
    found = {}
    for name, said in (item for table in tables for item in table.items()):
        version = said.get("version") if isinstance(said, dict) else said
        if isinstance(version, str):
            found[name] = _wanted(version, leading_zero=True)
    return found


def _pipfile(content: bytes) -> dict[str, Wanted]:
    packages = _table(read_toml(content), "packages")
    said = {name: value.get("version", "") if isinstance(value, dict) else value for name, value in packages.items()}
    return {name.lower(): _wanted(value) for name, value in said.items() if isinstance(value, str)}


def _go(content: bytes) -> dict[str, Wanted]:
    found = {}
    for line in _text(content).splitlines():
        module = _GO.match(line.partition("//")[0])
        if module is not None and "// indirect" not in line and "=>" not in line:
            name = re.sub(r"/v\d+$", "", module[1])
            found[name] = Wanted(f"v{module[2]}.{module[3]}", (int(module[2][:9]),), pinned=True)
    return found


def _setup_cfg(content: bytes) -> dict[str, Wanted]:
    """Read what ``[options]`` installs, and its extras.

    Source: https://setuptools.pypa.io/en/latest/userguide/declarative_config.html .
    """
    section = key = ""
    listed: list[str] = []
    for line in _text(content).splitlines():
        bare = line.strip()
        if bare[:1] in ("", "#", ";"):
            continue
        if line[:1] == "[":
            section, key = bare.strip("[]"), ""
            continue
        if not line[:1].isspace():
            name, _, rest = bare.partition("=")
            key, bare = name.strip(), rest.strip()
        extra = section == "options.extras_require" and not key.startswith(_DEVELOPMENT)
        if bare and ((section == "options" and key == "install_requires") or extra):
            listed.append(bare)
    return _all(listed)


_READERS: dict[str, Callable[[bytes], dict[str, Wanted]]] = {
    "pyproject.toml": _pyproject,
    "package.json": _package_json,
    "Cargo.toml": _cargo,
    "Pipfile": _pipfile,
    "go.mod": _go,
    "setup.cfg": _setup_cfg,
}
