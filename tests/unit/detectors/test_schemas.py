"""Protocol buffers, Avro, JSON Schema and OpenAPI: who can no longer read, write or ask."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from tests.detecting import codes, findings, undoing

PROTO = 'syntax = "proto3";\npackage acme;\nmessage Order {\n  int64 id = 1;\n  string note = 2;\n}\nenum State {\n  NEW = 0;\n  DONE = 1;\n}\nservice Shop {\n  rpc Buy (Order) returns (stream Order);\n}\n'  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("  string note = 2;\n", "", ["REV003"], id="a field goes, its number free"),
        pytest.param("  string note = 2;\n", "  reserved 2;\n", ["REV001"], id="a field goes, its number reserved"),
        pytest.param("  string note = 2;\n", '  reserved 1000 to max, 2 to 5; reserved "note";\n', ["REV001"], id="reserved in a range"),
        pytest.param("string note = 2", "string note = 3", ["REV003"], id="another number"),
        pytest.param("string note = 2", "int32 note = 2", ["REV003"], id="another type"),
        pytest.param("int64 id", "int32 id", ["REV001"], id="a type that is read alike"),
        pytest.param("string note = 2", "string remark = 2", ["REV001"], id="another name"),
        pytest.param("string note = 2", "repeated string note = 2", ["REV003"], id="repeated"),
        pytest.param("int64 id = 1;\n  string note = 2;", "string note = 1;\n  int64 id = 2;", ["REV003", "REV003"], id="numbers swapped"),
        pytest.param("DONE = 1;", "SENT = 1;\n  DONE = 2;", ["REV003"], id="a value of an enumeration, given to another"),
        pytest.param("rpc Buy (Order) returns (stream Order);", "", ["REV001"], id="a procedure goes"),
        pytest.param("returns (stream Order)", "returns (Order)", ["REV003"], id="a procedure answers otherwise"),
        pytest.param("message Order {", "// message\nmessage Order {\n  map<string, int32> more = 9 [deprecated = true];\n  oneof x { string a = 7; }\n", [], id="more fields"),
        pytest.param("rpc Buy (Order)", "rpc Buy (.acme.Order)", [], id="a type named in full"),
        pytest.param("package acme;", "package acme;\nimport \"a.proto\";\noption go_package = \"x\";", [], id="imports and options"),
    ],
)  # fmt: skip
def test_protobuf(old: str, new: str, expected: list[str]) -> None:
    assert old in PROTO
    assert codes({"api/shop.proto": (PROTO, PROTO.replace(old, new))}) == expected


def test_a_message_that_goes_to_another_file_of_its_package_stays() -> None:
    head, _, rest = PROTO.partition("message")
    message, _, others = rest.partition("enum")
    assert codes({"a.proto": (PROTO, f"{head}enum{others}"), "b.proto": (None, f"{head}message{message}")}) == []


ORDER: dict[str, Any] = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "int"}]}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param([{"name": "id", "type": "int"}, {"name": "b", "type": "string", "default": ""}], [], id="a field with a default"),
        pytest.param([{"name": "id", "type": "int"}, {"name": "b", "type": "string"}], ["REV003"], id="a field without one"),
        pytest.param([], ["REV001"], id="a field that goes"),
        pytest.param([{"name": "id", "type": "long"}], ["REV001"], id="a promotion old readers do not know"),
        pytest.param([{"name": "id", "type": "string"}], ["REV001", "REV003"], id="another type"),
    ],
)  # fmt: skip
def test_avro(fields: list[Any], expected: list[str]) -> None:
    assert codes({"events/order.avsc": (json.dumps(ORDER), json.dumps({**ORDER, "fields": fields}))}) == expected


def test_without_avro_the_schema_is_skipped_and_counts_as_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "avro", None)
    found = undoing({"a.avsc": (json.dumps(ORDER), json.dumps({**ORDER, "fields": []}))})
    assert [(name, paths) for name, _, paths in found.skipped] == [("avro", ("a.avsc",))]
    assert found.irreversible(["a.avsc"]) == ("a.avsc",)


PERSON: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": ["integer", "null"]}, "of": {"$ref": "#/$defs/of"}},
    "required": ["name"],
    "$defs": {"of": {"enum": ["a", "b"]}},
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"required": ["name", "age"]}, 1, id="a required property"),
        pytest.param({"required": []}, 0, id="one less"),
        pytest.param({"additionalProperties": False}, 1, id="no others allowed"),
        pytest.param({"$defs": {"of": {"enum": ["a"]}}}, 1, id="a value less, behind a reference"),
        pytest.param({"$defs": {"of": {"enum": ["a", "b", "c"]}}}, 0, id="a value more"),
        pytest.param({"properties": {**PERSON["properties"], "age": {"type": "integer"}}}, 1, id="a type less"),
        pytest.param(
            {"properties": {**PERSON["properties"], "name": {"type": "string", "maxLength": 5}}}, 1, id="a bound"
        ),
        pytest.param({"properties": {**PERSON["properties"], "more": {}}}, 0, id="a property more"),
        pytest.param({"description": "x"}, 0, id="words"),
    ],
)
def test_json_schema(change: dict[str, Any], expected: int) -> None:
    pair = (json.dumps(PERSON), json.dumps({**PERSON, **change}))
    assert codes({"schemas/person.json": pair}) == ["REV001"] * expected
    assert codes({"tests/schemas/person.json": pair}) == []


def test_a_json_file_that_is_no_schema_says_nothing() -> None:
    assert codes({"schemas/list.json": ('{"required": []}', '{"required": ["a"]}')}) == []


API: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/orders/{id}": {
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}},
            },
            "delete": {"responses": {"204": {}}},
        }
    },
    "components": {"schemas": {"Order": {"type": "object", "properties": {"id": {"type": "string"}, "sum": {"type": "number"}}}}},
}  # fmt: skip


def changed(edit: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(API))
    exec(edit, {"api": made, "get": made["paths"]["/orders/{id}"]["get"]})
    return made


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        pytest.param("del api['paths']['/orders/{id}']['delete']", 1, id="an operation goes"),
        pytest.param("api['paths']['/orders/{key}'] = api['paths'].pop('/orders/{id}')", 0, id="a path parameter of another name"),
        pytest.param("get['parameters'].append({'name': 'v', 'in': 'query', 'required': True})", 1, id="a required parameter"),
        pytest.param("get['parameters'].append({'name': 'v', 'in': 'query'})", 0, id="an optional one"),
        pytest.param("get['parameters'][0]['schema'] = {'type': 'integer'}", 1, id="a parameter of another type"),
        pytest.param("get['requestBody'] = {'required': True, 'content': {}}", 1, id="a body is required"),
        pytest.param("del api['components']['schemas']['Order']['properties']['sum']", 1, id="a field of the answer goes"),
        pytest.param("api['components']['schemas']['Order']['properties']['sum']['type'] = 'string'", 1, id="a field of another type"),
        pytest.param("api['components']['schemas']['Order']['properties']['tax'] = {}", 0, id="a field more"),
        pytest.param("get['responses']['404'] = {}", 0, id="an answer more"),
        pytest.param("get['summary'] = 'x'", 0, id="words"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["api/openapi.json", "openapi.yaml"])
def test_openapi(path: str, edit: str, expected: int) -> None:
    assert codes({path: (json.dumps(API), json.dumps(changed(edit)))}) == ["REV001"] * expected


def test_every_finding_tells_how_to_undo_it_and_what_would_make_it_reversible() -> None:
    every = findings(
        {"a.proto": (PROTO, None), "openapi.json": (json.dumps(API), None), "a.avsc": (json.dumps(ORDER), None)}
    )
    assert len(every) >= 3
    assert all(finding.undo and finding.remedy and finding.reversibility for finding in every)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        pytest.param("a.proto", PROTO, "message {", id="broken protocol buffers"),
        pytest.param("a.proto", PROTO, "message A {" * 5000, id="deep messages"),
        pytest.param("a.proto", PROTO, "/* never closed", id="a comment without end"),
        pytest.param("a.avsc", json.dumps(ORDER), '{"type": "nothing"}', id="no Avro type"),
        pytest.param("a.avsc", json.dumps(ORDER), "[" * 100_000, id="deep JSON"),
        pytest.param("schema.json", json.dumps(PERSON), "{", id="broken JSON"),
        pytest.param("openapi.yaml", json.dumps(API), "paths: {" * 300, id="deep YAML"),
    ],
)
def test_what_cannot_be_understood_counts_as_irreversible(path: str, before: str, after: str) -> None:
    found = undoing({path: (before, after)})
    assert found.crashed == ()
    assert [finding.reversibility for finding in found.findings] == ["irreversible"]


def test_references_in_a_circle_end() -> None:
    loop = {**PERSON, "properties": {"a": {"$ref": "#"}}}
    assert codes({"schema.json": (json.dumps(loop), json.dumps({**loop, "title": "x"}))}) == []
