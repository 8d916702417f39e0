"""OpenAPI: what clients of the version before ask for or read, and no longer may.

Own comparison of parsed descriptions (https://spec.openapis.org/oas/v3.1.0): no kept-up differ is on the package index.
Requests are compared as schemas that must not take less, responses as those that must not give less.
"""

from __future__ import annotations

from pytest_syncpoints.detectors.documents import read_json, read_yaml
from pytest_syncpoints.detectors.json_schema import narrowings, resolved
from pytest_syncpoints.subject import costly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
MOST_FINDINGS = 200
MOST_OF_A_PLACE = 2_000  # characters of names above a field


def judge(subject: Subject, _: Facts) -> Iterator[Finding]:
    """Yield each operation, parameter and field that old clients rely on and that changes under them."""
    if subject.before is None:
        return
    old = _read(subject, subject.before)
    if not isinstance(old, dict) or "paths" not in old:
        return
    if subject.after is None:
        if subject.file.renamed_to is None:
            yield _finding(subject, "the description of the API is deleted")
        return
    new = _read(subject, subject.after)
    for count, what in enumerate(_differences(old, new if isinstance(new, dict) else {})):
        if count < MOST_FINDINGS:
            yield _finding(subject, what)


def _read(subject: Subject, content: bytes) -> Any:
    if subject.path.endswith(".json"):
        return read_json(content)
    documents = read_yaml(content)
    return documents[0] if documents else None


def _finding(subject: Subject, what: str) -> Finding:
    return costly(
        subject,
        None,
        f"{what}: clients of the version before fail",
        undo="serve the old form again; clients that moved on meanwhile must be asked",
        remedy="serve both forms, mark the old one deprecated, and take it out once nobody asks for it",
        anchor=what,
    )


def _operations(document: Any) -> dict[tuple[str, str], Any]:
    paths = document.get("paths")
    found = {}
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method in _METHODS if isinstance(item, dict) else ():
            if isinstance(item.get(method), dict):
                shared = item.get("parameters") if isinstance(item.get("parameters"), list) else []
                found[method, _bare(str(path))] = {**item[method], "shared": shared}
    return found


def _bare(path: str) -> str:
    """Return a path with its parameters unnamed: another name for one alters no request."""
    parts = ["{}" if part.startswith("{") and part.endswith("}") else part for part in path.split("/")]
    return "/".join(parts)


def _differences(old: Any, new: Any) -> Iterator[str]:
    before, after = _operations(old), _operations(new)
    for (method, path), operation in before.items():
        name = f"{method.upper()} {path}"
        if (method, path) not in after:
            deprecated = " (deprecated before)" if operation.get("deprecated") is True else ""
            yield f"{name} is gone{deprecated}"
        else:
            yield from (f"{name}: {what}" for what in _operation(operation, after[method, path], old, new))


def _operation(old: Any, new: Any, before: Any, after: Any) -> Iterator[str]:
    known, now = _parameters(old, before), _parameters(new, after)
    for key, said in now.items():
        if said.get("required") is True and key[1] != "path" and known.get(key, {}).get("required") is not True:
            yield f"{key[1]} parameter {key[0]} is required now"
        if key in known:
            yield from _narrowed(known[key].get("schema"), said.get("schema"), before, after, f"parameter {key[0]}")
    for key in sorted(known.keys() - now.keys()):
        if key[1] != "path":
            yield f"{key[1]} parameter {key[0]} is gone"
    yield from _request(old, new, before, after)
    yield from _responses(old, new, before, after)


def _parameters(operation: Any, root: Any) -> dict[tuple[str, str], Any]:
    own = operation.get("parameters") if isinstance(operation.get("parameters"), list) else []
    found = {}
    for one in (*operation.get("shared", ()), *own):
        said = resolved(one, root)
        if isinstance(said, dict):
            found[str(said.get("name")), str(said.get("in"))] = said
    return found


def _content(body: Any, root: Any) -> dict[str, Any]:
    content = resolved(body, root)
    content = content.get("content") if isinstance(content, dict) else None
    return {kind: said for kind, said in content.items() if isinstance(said, dict)} if isinstance(content, dict) else {}


def _narrowed(old: Any, new: Any, before: Any, after: Any, where: str) -> Iterator[str]:
    for found in _compared(old, new, before, after):
        yield f"{where}{' ' + found.where if found.where else ''}: {found.what}"


def _compared(old: Any, new: Any, before: Any, after: Any) -> Any:
    if old is None or new is None:
        return []
    parts = {"components": "components", "definitions": "definitions"}
    first = {**(old if isinstance(old, dict) else {}), **{key: before.get(key, {}) for key in parts}}
    second = {**(new if isinstance(new, dict) else {}), **{key: after.get(key, {}) for key in parts}}
    return narrowings(first, second)


def _request(old: Any, new: Any, before: Any, after: Any) -> Iterator[str]:
    was, now = resolved(old.get("requestBody"), before), resolved(new.get("requestBody"), after)
    if isinstance(now, dict) and now.get("required") is True and not (isinstance(was, dict) and was.get("required")):
        yield "a request body is required now"
    kinds, still = _content(was, before), _content(now, after)
    for kind in sorted(kinds):
        if kind not in still:
            yield f"requests in {kind} are no longer taken"
        else:
            yield from _narrowed(kinds[kind].get("schema"), still[kind].get("schema"), before, after, "request")


def _responses(old: Any, new: Any, before: Any, after: Any) -> Iterator[str]:
    was, now = old.get("responses"), new.get("responses")
    for status in was if isinstance(was, dict) else ():
        if not str(status).startswith("2"):
            continue
        if not isinstance(now, dict) or status not in now:
            yield f"response {status} is gone"
            continue
        kinds, still = _content(was[status], before), _content(now[status], after)
        for kind in kinds.keys() & still.keys():
            yield from _given(kinds[kind].get("schema"), still[kind].get("schema"), before, after, f"response {status}")


def _given(
    old: Any, new: Any, before: Any, after: Any, where: str, seen: set[tuple[int, int]] | None = None
) -> Iterator[str]:
    """Yield what a response no longer gives: a field that is gone, or of another type. Each pair is compared once."""
    seen = set() if seen is None else seen
    old, new = resolved(old, before), resolved(new, after)
    pair = (id(old), id(new))
    if pair in seen or len(where) > MOST_OF_A_PLACE or not isinstance(old, dict) or not isinstance(new, dict):
        return
    seen.add(pair)
    if isinstance(old.get("type"), str) and isinstance(new.get("type"), str) and old["type"] != new["type"]:
        yield f"{where} is {new['type']} instead of {old['type']}"
    fields, now = old.get("properties"), new.get("properties")
    if isinstance(fields, dict) and isinstance(now, dict):
        for name in sorted(map(str, fields.keys() - now.keys())):
            yield f"{where}: field {name} is gone"
        for name in sorted(map(str, fields.keys() & now.keys())):
            yield from _given(fields[name], now[name], before, after, f"{where}.{name}", seen)
    if "items" in old and "items" in new:
        yield from _given(old["items"], new["items"], before, after, f"{where}[]", seen)
