"""Reference pages told by the program itself, at every build: keys of policy and report, commands, rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pytest_syncpoints.cli import GROUPS, syncpoints
from pytest_syncpoints.rules import FAMILIES, RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sphinx.application import Sphinx

Schema = dict[str, Any]

SCHEMAS = Path(__file__).parents[2] / "src/pytest_syncpoints/schemas"


def policy_page() -> Iterator[str]:
    """Yield the lines of a page of every key a policy may have, from its JSON Schema."""
    yield "# Every key of the policy"
    yield (
        "From the JSON Schema that ships with the package; [the policy](../policy.md) explains what to write. "
        "`NAME` stands for a name of yours, `[]` for each entry of a list."
    )
    whole: Schema = json.loads((SCHEMAS / "policy.schema.json").read_text(encoding="utf-8"))
    yield from _sections(whole, "", whole)


def report_page() -> Iterator[str]:
    """Yield the lines of a page of every key of a report, from the JSON Schema it is read by."""
    yield "# Every key of the report"
    yield (
        "From the JSON Schema that ships with the package; [the report](../report.md) explains how to read one. "
        "Every key is always there. `NAME` stands for a key that depends on the change, such as a path, "
        "`[]` for each entry of a list."
    )
    whole: Schema = json.loads((SCHEMAS / "report.schema.json").read_text(encoding="utf-8"))
    yield from _sections(whole, "", whole)


def _sections(table: Schema, path: str, whole: Schema) -> Iterator[str]:
    """Yield the table of this object's keys, then the sections of the tables that its keys hold."""
    required = () if "definitions" in whole else table.get("required", ())  # of a report all keys are
    rows = [_row(name, key, required, whole) for name, key in table["properties"].items()]
    title = f"## `{path}`" if path else "## Top level"
    yield f"{title}\n\n| key | value | meaning |\n|---|---|---|\n" + "\n".join(rows)
    for name, key in table["properties"].items():
        where, inner = _below(f"{path}.{name}" if path else name, _followed(key, whole), whole)
        if "properties" in inner:
            yield from _sections(inner, where, whole)


def _row(name: str, key: Schema, required: Sequence[str], whole: Schema) -> str:
    about = key.get("description") or _followed(key, whole).get("description", "")
    marked = f"`{name}` (required)" if name in required else f"`{name}`"
    return f"| {marked} | {_value(key, whole)} | {about.replace('|', '&#124;')} |"


def _followed(key: Schema, whole: Schema) -> Schema:
    """Return the schema a reference leads to; of alternatives the one that is not null."""
    if "$ref" in key:
        found: Schema = whole["definitions"][key["$ref"].rpartition("/")[2]]
        return _followed(found, whole)
    for kind in ("allOf", "oneOf", "anyOf"):
        real = [one for one in key.get(kind, ()) if one.get("type") != "null"]
        if len(real) == 1:
            return _followed(real[0], whole)
    return key


def _below(path: str, key: Schema, whole: Schema) -> tuple[str, Schema]:
    """Return the path and schema of the table that a key holds, one by name or many in a list; else the key itself."""
    if key.get("type") == "array" and isinstance(key.get("items"), dict):
        return _below(f"{path}[]", _followed(key["items"], whole), whole)
    if isinstance(key.get("additionalProperties"), dict):
        return _below(f"{path}.NAME", _followed(key["additionalProperties"], whole), whole)
    return path, key


def _value(key: Schema, whole: Schema) -> str:
    """Return in a few words what a key may hold."""
    if any(one.get("type") == "null" for one in (*key.get("oneOf", ()), *key.get("anyOf", ()))):
        return f"{_value(_followed(key, whole), whole)}, or null"
    key = _followed(key, whole)
    if "const" in key:
        return f"`{json.dumps(key['const'])}`"
    if "enum" in key:
        return ", ".join(f"`{choice}`" for choice in key["enum"])
    kinds = [_value(one, whole) for one in (*key.get("oneOf", ()), *key.get("anyOf", ()))]
    if kinds:
        return " or ".join(dict.fromkeys(kinds))
    return _typed(key, whole)


def _typed(key: Schema, whole: Schema) -> str:
    kind = key.get("type", "anything")
    if isinstance(kind, list):
        return " or ".join(WORDS.get(one, one) for one in kind)
    if kind == "array":
        inner = key.get("items")
        return f"list of: {_value(inner, whole)}" if isinstance(inner, dict) else "list"
    return "text" + PATTERNS[key["pattern"]] if key.get("pattern") in PATTERNS else WORDS.get(kind, kind)


WORDS = {"string": "text", "object": "table", "integer": "whole number", "boolean": "true or false", "null": "null"}
PATTERNS = {
    "^(?=[0-9]{1,5}[hdw]$)0*[1-9]": ' such as `"14d"` (hours, days, weeks)',
    "^(?=[0-9]{1,5}[hm]/week$)0*[1-9]": ' such as `"6h/week"`',
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}": ": a date, `2026-03-02`",
}


def commands_page() -> Iterator[str]:
    """Yield the lines of a page of what every command answers to ``--help``."""
    yield "# Every command"
    yield "What each answers to `--help`. Exit status: 0 clear, 1 blocked, 2 usage or policy, 3 could not evaluate."
    context = click.Context(syncpoints, info_name="syncpoints", terminal_width=100)
    yield _help(syncpoints, context)
    for name in (name for _, names in GROUPS for name in names):
        command = syncpoints.commands[name]
        yield f"## `syncpoints {name}`"
        yield _help(command, click.Context(command, context, name, terminal_width=100))


def _help(command: click.Command, context: click.Context) -> str:
    return f"```text\n{command.get_help(context).rstrip()}\n```"


def rules_page() -> Iterator[str]:
    """Yield the lines of a page that lists the rules by family."""
    yield "# Every rule"
    yield "`syncpoints explain CODE` prints a rule's page offline. Levels are the defaults at the two doors."
    for family in FAMILIES:
        yield f"## {family}"
        rows = [
            f"| [{rule.code}](../rules/{rule.code}.md) | {rule.name} | {rule.local} | {rule.ci} |"
            for rule in RULES
            if rule.code.startswith(family)
        ]
        yield "\n".join(["| rule | name | local | CI |", "|---|---|---|---|", *rows])
    yield "```{toctree}\n:hidden:\n:glob:\n\n../rules/*\n```"


def write(app: Sphinx) -> None:
    """Write the pages where they differ from what is there, so that a second build reads nothing anew."""
    pages = {
        "policy-keys": policy_page(),
        "report-keys": report_page(),
        "commands": commands_page(),
        "rules": rules_page(),
    }
    for name, lines in pages.items():
        path = Path(app.srcdir) / "reference" / f"{name}.md"
        text = "\n\n".join(lines) + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Take part in a build."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}
