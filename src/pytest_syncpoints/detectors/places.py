"""Places: which changed files may concern which detector, by path and changed lines, without importing anything."""

from __future__ import annotations

from pytest_syncpoints.size import is_test

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.change import FileChange

# Files that illustrate or are somebody else's: nothing that runs is lost when they change.
_ASIDE = frozenset(
    ("docs", "doc", "examples", "example", "samples", "fixtures", "testing", "vendor", "third_party", "node_modules")
)
_MIGRATION_FOLDERS = frozenset(("migrations", "migration", "migrate", "migrates", "db-migrations", "deploy", "flyway"))
_API_NAMES = ("openapi", "swagger")
_REQUIREMENTS = ("requirements", "constraints")
_MANIFESTS = frozenset(("pyproject.toml", "package.json", "go.mod", "Cargo.toml", "Pipfile", "setup.cfg"))
# What calls of the feature-flag services' own clients look like; the key follows as a literal.
FLAG_CALLS: tuple[bytes, ...] = (
    *(b"variation(", b"Variation(", b"VariationDetail(", b"variation_detail("),  # LaunchDarkly
    *(b"flag_is_active(", b"switch_is_active(", b"sample_is_active("),  # django-waffle
    *(b"get_boolean_value(", b"getBooleanValue(", b"BooleanValue("),  # OpenFeature
    *(b"is_feature_enabled(", b"isFeatureEnabled(", b"feature_enabled(", b"useFlag(", b"useFeatureFlag("),
    *(b"unleash.is_enabled(", b"unleash.isEnabled(", b"Flipper.enabled?(", b"features.has(", b"useFeatureIsOn("),
)
# How secrets of well-known services begin; `secrets.py` knows the rest of each form.
SECRET_MARKS: tuple[bytes, ...] = (
    *(b"AKIA", b"ASIA", b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_", b"glpat-", b"xoxb-", b"xoxp-"),
    *(b"xoxa-", b"xoxs-", b"hooks.slack.com/services/", b"sk_live_", b"rk_live_", b"AIza", b"npm_", b"pypi-AgE"),
    *(b"SG.", b"PRIVATE KEY-----", b"sk-ant-", b"sk-proj-", b"dop_v1_", b"hf_", b"shpat_", b"AGE-SECRET-KEY-1"),
    *(b"AccountKey=", b"dckr_pat_", b"hvs.", b"glsa_"),
)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _folders(path: str) -> list[str]:
    return path.split("/")[:-1]


def aside(path: str) -> bool:
    """Say whether a path is a test, an example, documentation or vendored: its change costs nobody anything."""
    return is_test(path) or any(folder in _ASIDE for folder in _folders(path))


def _changed(file: FileChange) -> Iterator[bytes]:
    for hunk in file.hunks:
        yield from hunk.removed
        yield from hunk.added


def _mentions(file: FileChange, *marks: bytes) -> bool:
    return any(_holds(hunk.removed, marks) or _holds(hunk.added, marks) for hunk in file.hunks)


def _holds(lines: tuple[bytes, ...], marks: tuple[bytes, ...]) -> bool:
    """Say whether any line holds any of the marks, none of which holds a line end: one text is searched faster."""
    text = b"".join(lines)
    return any(mark in text for mark in marks)


def django(file: FileChange) -> bool:
    """Say whether a file is a Django migration by its place."""
    folders = _folders(file.path)
    return (
        file.path.endswith(".py")
        and any(folder.endswith("migrations") for folder in folders)
        and "versions" not in folders
        and _name(file.path) != "__init__.py"
        and not aside(file.path)
    )


def alters_fields(file: FileChange) -> bool:
    """Say whether a migration alters a field, so that what the field was must be looked up in earlier ones."""
    return _mentions(file, b"AlterField(")


def alembic(file: FileChange) -> bool:
    """Say whether a file is an Alembic migration: by its place, or by what it declares."""
    if not file.path.endswith(".py") or aside(file.path):
        return False
    return "versions" in _folders(file.path) or _mentions(file, b"down_revision =", b"down_revision:")


def sql(file: FileChange) -> bool:
    """Say whether a file is a migration in SQL: by its folder, or by the names Flyway and golang-migrate give."""
    if not file.path.endswith(".sql") or aside(file.path):
        return False
    name = _name(file.path)
    numbered = name[:1] in ("V", "U", "R") and "__" in name
    return numbered or name.endswith((".up.sql", ".down.sql")) or bool(_MIGRATION_FOLDERS & set(_folders(file.path)))


def protobuf(file: FileChange) -> bool:
    """Say whether a file holds protocol buffers."""
    return file.path.endswith(".proto") and not aside(file.path)


def avro(file: FileChange) -> bool:
    """Say whether a file holds an Avro schema."""
    return file.path.endswith(".avsc") and not aside(file.path)


def json_schema(file: FileChange) -> bool:
    """Say whether a file holds a JSON Schema: by its name, or by the folder schemas are kept in."""
    name = _name(file.path)
    if not name.endswith(".json") or aside(file.path) or _is_api(name):
        return False
    return "schema" in name or any(folder in ("schema", "schemas") for folder in _folders(file.path))


def openapi(file: FileChange) -> bool:
    """Say whether a file describes an HTTP API."""
    return _is_api(_name(file.path)) and not aside(file.path)


def _is_api(name: str) -> bool:
    return name.endswith((".json", ".yaml", ".yml")) and any(word in name.lower() for word in _API_NAMES)


def formats(file: FileChange) -> bool:
    """Say whether changed lines of a Python file may hold what others read from disk or the wire."""
    if not file.path.endswith(".py") or aside(file.path) or django(file):
        return False
    return file.status == "M" and (
        _mentions(file, b"struct.", b"Struct(", b"MAGIC", b"VERSION", b"protocol", b"PROTOCOL", b"SIGNATURE")
        or any(_looks_like_member(line) for line in _changed(file))
    )


def _looks_like_member(line: bytes) -> bool:
    """Say whether a line could be a member of an enumeration: an indented capital name and a literal."""
    name, equals, value = line.partition(b" = ")
    word = name.strip().replace(b"_", b"")
    literal = value[:1].isdigit() or value.startswith((b"'", b'"', b"auto(", b"enum.auto("))
    return bool(equals) and name[:1] in (b" ", b"	") and word.isupper() and word.isalnum() and literal


def terraform(file: FileChange) -> bool:
    """Say whether a file declares infrastructure in HCL."""
    return file.path.endswith((".tf", ".tofu")) and not aside(file.path)


def kubernetes(file: FileChange) -> bool:
    """Say whether a file may hold Kubernetes manifests; whether it does, its content decides."""
    return file.path.endswith((".yaml", ".yml")) and not aside(file.path) and not _is_api(_name(file.path))


def deletions(file: FileChange) -> bool:
    """Say whether a Python module goes away, and not merely elsewhere."""
    return (
        file.status == "D"
        and file.renamed_to is None
        and file.path.endswith(".py")
        and not (aside(file.path) or django(file) or alembic(file))
    )


def module_words(file: FileChange) -> tuple[str, ...]:
    """Return what the line of an import of a deleted module would hold."""
    stem = _name(file.path).removesuffix(".py")
    return (_folders(file.path)[-1],) if stem == "__init__" and _folders(file.path) else (stem,)


def dependencies(file: FileChange) -> bool:
    """Say whether a file states what this project depends on."""
    if aside(file.path):
        return False
    name = _name(file.path)
    lists = name.endswith((".txt", ".in")) and any(word in file.path.lower() for word in _REQUIREMENTS)
    return lists or name in _MANIFESTS


def flags(file: FileChange) -> bool:
    """Say whether a removed line asks a feature-flag service about a flag."""
    if aside(file.path):
        return False
    return any(_holds(hunk.removed, FLAG_CALLS) for hunk in file.hunks)


def secrets(file: FileChange) -> bool:
    """Say whether an added line may hold a secret."""
    if aside(file.path) or file.status == "D":
        return False
    return any(_holds(hunk.added, SECRET_MARKS) for hunk in file.hunks)
