"""Reference pages told by the program itself, at every build: the policy's keys, the commands, the rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pytest_syncpoints.cli import GROUPS, syncpoints
from pytest_syncpoints.rules import FAMILIES, RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

SCHEMA = Path(__file__).parents[2] / "src/pytest_syncpoints/schemas/policy.schema.json"


def policy_page(schema: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a page of every key a policy may have, from its JSON Schema."""
    yield "# Every key of the policy"
    yield "From the JSON Schema that checks a policy; [the policy](../policy.md) explains what to write."
    for name, about in schema["properties"].items():
        yield f"## `{name}`"
        yield f"{about.get('description', '')}."
        yield from _rows(_table_of(about))


def _table_of(about: dict[str, Any]) -> dict[str, Any]:
    """Return the keys inside a table, a table of named tables, or a list of tables."""
    inner = about
    for way in ("additionalProperties", "items"):
        if isinstance(inner.get(way), dict):
            inner = inner[way]
    properties: dict[str, Any] = inner.get("properties", {})
    return properties


def _rows(properties: dict[str, Any]) -> Iterator[str]:
    if not properties:
        return
    rows = [f"| `{key}` | {_kind(about)} | {about.get('description', '')} |" for key, about in properties.items()]
    yield "\n".join(["| key | value | meaning |", "|---|---|---|", *rows])


def _kind(about: dict[str, Any]) -> str:
    """Return what a value may be, in words."""
    if "enum" in about:
        return ", ".join(f"`{value}`" for value in about["enum"])
    for way in ("oneOf", "anyOf"):
        if way in about:
            return " or ".join(dict.fromkeys(_kind(one) for one in about[way]))
    if about.get("type") == "array":
        return f"list: {_kind(about.get('items', {}))}"
    return {"string": "text", "integer": "whole number", "object": "table"}.get(about.get("type", ""), "text")


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
        "policy-keys": policy_page(json.loads(SCHEMA.read_text(encoding="utf-8"))),
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
