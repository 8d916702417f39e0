"""Documents of a change, JSON, YAML and TOML, parsed within limits or refused with the reason."""

from __future__ import annotations

from pytest_syncpoints.subject import NotRead, Unparsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MOST_BYTES = 1 << 20
MOST_BYTES_OF_YAML = 2 << 20  # definitions of custom resources come to 1.4 MB (argo-cd)
MOST_NESTED = 100  # brackets within brackets; the parsers are recursive, and libyaml's crashes instead of refusing
MOST_DASHES = 20  # "- - - -" nests too, and so does each step of indentation
MOST_ALIASES = 200  # a handful of them can stand for billions of nodes ("billion laughs")
MOST_NODES = 200_000
YAML_MISSING = "PyYAML is not installed: pip install 'pytest-syncpoints[yaml]'"


def read_json(content: bytes) -> Any:
    """Return the value of a JSON text; raises Unparsed."""
    import json

    _check(content, "JSON")
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unparsed(f"not valid JSON: {str(error)[:100]}") from None


def read_toml(content: bytes) -> dict[str, Any]:
    """Return the tables of a TOML text; raises Unparsed."""
    import tomli

    _check(content, "TOML")
    try:
        return tomli.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Unparsed(f"not valid TOML: {str(error)[:100]}") from None


def read_yaml(content: bytes) -> list[Any]:
    """Return the documents of a YAML text; raises Unparsed, and NotRead where there is no YAML reader."""
    try:
        import yaml  # type: ignore[import-untyped,unused-ignore]  # its stubs are no dependency
    except ImportError:
        raise NotRead(YAML_MISSING) from None
    _check(content, "YAML", most=MOST_BYTES_OF_YAML)
    _check_yaml(content)
    loader = _loader(yaml)
    try:
        documents = list(yaml.load_all(content, Loader=loader))  # built from the safe loader
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, KeyError) as error:
        raise Unparsed(f"not valid YAML: {str(error)[:100]}".replace("\n", " ")) from None
    for document in documents:
        for count, _ in enumerate(nodes(document)):
            if count > MOST_NODES:
                raise Unparsed(f"more than {MOST_NODES:,} nodes of YAML")
    return documents


def _loader(yaml: Any) -> Any:
    """Return the safe loader, with tags it does not know (``!Ref``, ``!vault``) read as nothing."""

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        pass

    Loader.add_constructor(None, lambda *_: None)
    Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))
    Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: loader.construct_scalar(node))
    return Loader


def _check(content: bytes, what: str, *, most: int = MOST_BYTES) -> None:
    if len(content) > most:
        raise Unparsed(f"{len(content):,} bytes of {what}, more than the {most:,} that are read")
    depth = 0
    for at in content:
        if at in b"[{":
            depth += 1
            if depth > MOST_NESTED:
                raise Unparsed("nested too deep")
        elif at in b"]}":
            depth -= depth > 0


def _check_yaml(content: bytes) -> None:
    if content.count(b" *") + content.count(b"[*") + content.count(b",*") > MOST_ALIASES:
        aliases = sum(1 for word in content.split() if word.lstrip(b"[,-").startswith(b"*") and len(word) > 1)
        if aliases > MOST_ALIASES:
            raise Unparsed(f"{aliases:,} aliases of YAML")
    for line in content.split(b"\n"):
        lead = line[: len(line) - len(line.lstrip(b" -?:"))]
        if lead.count(b"- ") + lead.count(b"? ") + lead.count(b": ") > MOST_DASHES or len(lead) > 4 * MOST_NESTED:
            raise Unparsed("nested too deep")


def nodes(document: Any) -> Iterator[Any]:
    """Yield every value below a document, itself first."""
    waiting = [document]
    while waiting:
        found = waiting.pop()
        yield found
        if isinstance(found, dict):
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found
