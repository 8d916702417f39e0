"""The report as JSON: what is written is read back whole, and anything else is refused with its place."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
from tests.builders import (
    a_file_evidence,
    a_finding,
    a_participant,
    a_plan,
    a_report,
    a_reported_change,
    a_reported_file,
    a_reported_syncpoint,
    a_risk,
    an_evidence,
    some_mutants,
)
from tests.strategies import LARGE, hostile, reports

from pytest_syncpoints import report_shape
from pytest_syncpoints.errors import USAGE, UsageError
from pytest_syncpoints.json_paths import ByPath, Paths
from pytest_syncpoints.json_paths import Path as PathShape
from pytest_syncpoints.json_shape import UNIT, Flag, ListOf, MapOf, Maybe, Number, Object, Row, Text, Whole
from pytest_syncpoints.report import Report
from pytest_syncpoints.report_json import from_json, to_json
from pytest_syncpoints.strict_json import DEEPEST, LARGEST

SCHEMA_FILE = Path(report_shape.__file__).parent / "schemas" / "report.schema.json"
SCHEMA = json.loads(SCHEMA_FILE.read_bytes())
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def a_full_report(**given: Any) -> Report:
    values = {
        "findings": (a_finding(path="src/a.py", line=3),),
        "syncpoints": (a_reported_syncpoint(),),
        "evidence": an_evidence(mutants=some_mutants()),
        "risk": a_risk(),
        "plan": a_plan(order=("src/a.py",)),
    }
    return a_report(**values | given)


class TestBothWays:
    @LARGE
    @given(reports())
    def test_any_report_is_read_back_as_it_was(self, report: Report) -> None:
        assert from_json(to_json(report)) == report

    @LARGE
    @given(reports())
    def test_any_report_fits_the_schema(self, report: Report) -> None:
        VALIDATOR.validate(json.loads(to_json(report)))

    @LARGE
    @given(reports(text=hostile, path=hostile))
    @example(
        a_report(
            evidence=an_evidence(
                tests={"\udce9": 1, "\\xea": 2}, files={"\ud800": a_file_evidence(), "~": a_file_evidence()}
            )
        )
    )
    def test_hostile_text_is_written_and_settles_after_one_reading(self, report: Report) -> None:
        once = to_json(report)
        assert to_json(from_json(once)) == once

    @LARGE
    @given(reports(text=hostile, path=hostile))
    def test_the_file_is_harmless_wherever_it_is_shown(self, report: Report) -> None:
        data = to_json(report)
        assert data.isascii()
        assert set(data) <= {0x0A, *range(0x20, 0x7F)}
        assert b"##" not in data
        assert not any(line.lstrip().startswith(b"::") for line in data.split(b"\n"))

    def test_the_anchor_of_a_finding_stays_inside(self) -> None:
        report = a_report(findings=(a_finding(anchor="def post"),))
        assert from_json(to_json(report)).findings[0].anchor == ""

    def test_whole_numbers_in_number_fields_are_the_same_bytes_as_floats(self) -> None:
        whole = a_report(risk=a_risk(percentile=88))
        assert to_json(whole) == to_json(a_report(risk=a_risk(percentile=88.0)))


class TestKeys:
    def test_the_keys_of_the_report_stand_in_the_documented_order(self) -> None:
        document = json.loads(to_json(a_full_report()))
        assert list(document) == [
            "schema",
            "tool",
            "evaluated_at",
            "door",
            "simulated",
            "policy",
            "change",
            "outcomes",
            "findings",
            "syncpoints",
            "evidence",
            "risk",
            "news",
            "plan",
            "verdict",
        ]
        assert document["tool"] == {"name": "pytest-syncpoints", "version": "0.1.0"}

    @pytest.mark.parametrize(
        ("place", "keys"),
        [
            (("change",), "kind base head merge_base tree title branch chosen authors commits files size"),
            (("change", "authors", 0), "name email machine"),
            (("change", "commits", 0), "sha subject author machine trailers"),
            (
                ("change", "files", 0),
                "path old_path status added deleted effective binary generated mode owners components hunks",
            ),
            (
                ("change", "size"),
                "files added deleted effective tests_effective excluded budget limit review_minutes",
            ),
            (("outcomes", 0), "check status reason"),
            (
                ("findings", 0),
                (
                    "rule name level message remedy path line end_line component syncpoint who class undo exempted "
                    "fingerprint"
                ),
            ),
            (("syncpoints", 0), "name components why mode digest participants"),
            (("syncpoints", 0, "participants", 0), "team purpose status by source because drift"),
            (
                ("evidence",),
                (
                    "python platform tree nonce complete incomplete_because collected ran tests nodeids files "
                    "contracts mutants"
                ),
            ),
            (("evidence", "files", "src/billing/post.py"), "blob changed executed missed"),
            (("evidence", "mutants"), "killed survived timeout skipped survivors"),
            (("risk",), "probability percentile level base_rate model factors missing"),
            (("plan",), "mode sentence synchronicity fidelity loops reviewers order split"),
            (("verdict",), "blocked blocking summary"),
        ],
        ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
    )
    def test_the_keys_of_each_part_are_the_documented_ones(self, place: tuple[str | int, ...], keys: str) -> None:
        part = json.loads(to_json(a_full_report()))
        for step in place:
            part = part[step]
        assert list(part) == keys.split()

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (0, "1970-01-01T00:00:00Z"),
            (1_772_443_800.0, "2026-03-02T09:30:00Z"),
            (1_772_443_800.25, "2026-03-02T09:30:00.25Z"),
            (1_772_443_800.000001, "2026-03-02T09:30:00.000001Z"),
            (253_402_300_799.0, "9999-12-31T23:59:59Z"),
        ],
    )
    def test_the_time_is_the_given_one_in_utc_whatever_the_environment_says(
        self, seconds: float, text: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
        data = to_json(a_report(evaluated_at=seconds))
        assert json.loads(data)["evaluated_at"] == text
        assert from_json(data).evaluated_at == seconds


class TestPaths:
    def test_a_path_that_is_not_utf8_has_its_bytes_beside_it(self) -> None:
        path = b"caf\xe9.py".decode("utf-8", "surrogateescape")
        report = a_report(findings=(a_finding(path=path),), plan=a_plan(order=("a.py", path)))
        document = json.loads(to_json(report))
        assert document["findings"][0]["path"] == "caf\\xe9.py"
        assert document["findings"][0]["path_b64"] == "Y2Fm6S5weQ=="
        assert document["plan"]["order"] == ["a.py", "caf\\xe9.py"]
        assert document["plan"]["order_b64"] == {"1": "Y2Fm6S5weQ=="}

    def test_a_path_that_is_utf8_has_nothing_beside_it(self) -> None:
        assert b"_b64" not in to_json(a_full_report(findings=(a_finding(path="café \\xe9.py"),)))

    def test_evidence_of_two_paths_that_read_alike_is_kept_apart(self) -> None:
        files = {"x\udce9": a_file_evidence(blob="bytes"), "x\\xe9": a_file_evidence(blob="text")}
        data = to_json(a_report(evidence=an_evidence(files=files)))
        written = json.loads(data)["evidence"]["files"]
        assert {key: file["blob"] for key, file in written.items()} == {"x\\xe9": "text", "x\\xe9~2": "bytes"}
        read = from_json(data).evidence
        assert read is not None
        assert read.files == files

    def test_escapes_that_spell_utf8_are_the_character(self) -> None:
        path = "é".encode().decode("ascii", "surrogateescape")
        assert from_json(to_json(a_report(findings=(a_finding(path=path),)))).findings[0].path == "é"


def change(place: str, value: Any) -> bytes:
    """Return a full report's JSON with one place (``findings.0.level``) set to a value; ``...`` removes it."""
    document = json.loads(to_json(a_full_report(findings=(a_finding(path="caf\udce9.py", line=3),))))
    *steps, last = (int(step) if step.isdecimal() else step.replace("%", ".") for step in place.split("."))
    part = document
    for step in steps:
        part = part[step]
    if value is ...:
        del part[last]
    else:
        part[last] = value
    return json.dumps(document).encode()


class TestStrictReader:
    @pytest.mark.parametrize(
        ("place", "value", "said"),
        [
            ("findings.0.level", "fatal", "findings[0].level: expected one of off, note, warn, block; found 'fatal'"),
            ("findings.0.level", ..., "findings[0].level: missing"),
            ("findings.0.levle", "note", "findings[0]: unknown key 'levle'"),
            ("findings.0.line", 0, "findings[0].line: expected an integer of at least 1; found 0"),
            ("findings.0.line", True, "findings[0].line: expected an integer of at least 1; found true"),
            ("findings.0.line", 3.0, "findings[0].line: expected an integer of at least 1; found 3.0"),
            ("findings.0.line", 2**53, "findings[0].line: expected an integer of at least 1; found an integer beyond"),
            ("findings.0.who", "ops", "findings[0].who: expected a list; found 'ops'"),
            ("findings.0.who", [None], "findings[0].who[0]: expected text; found null"),
            ("findings.0.message", "\ud800", "findings[0].message: expected text without lone surrogates"),
            ("findings.0.path_b64", "!", "findings[0].path_b64: expected base64; found '!'"),
            ("findings.0.path_b64", "YQ==", "findings[0].path_b64: expected bytes that are not UTF-8"),
            ("findings.0.path_b64", "/w==", "findings[0].path_b64: expected the bytes of the path beside it"),
            ("findings", {}, "findings: expected a list; found an object"),
            ("change.files.0.hunks", [[1, 2, 3]], "change.files[0].hunks[0]: expected 4 values, found 3"),
            ("change.kind", "merge", "change.kind: expected one of staged, worktree, range, commit; found 'merge'"),
            ("evaluated_at", "2026-02-30T00:00:00Z", "evaluated_at: expected a time such as 2026-03-02T09:30:00Z"),
            ("evaluated_at", "2026-03-02T09:30:00+01:00", "evaluated_at: expected a time such as"),
            ("tool.name", "other", "tool.name: expected one of pytest-syncpoints; found 'other'"),
            ("tool.home", "x", "tool: unknown key 'home'"),
            ("plan.order_b64", {"7": "/w=="}, "plan.order_b64['7']: expected a position below 1"),
            ("plan.synchronicity", 1.5, "plan.synchronicity: expected a number from 0 to 1; found 1.5"),
            ("risk.percentile", "high", "risk.percentile: expected a number; found 'high'"),
            ("verdict.blocked", 0, "verdict.blocked: expected true or false; found 0"),
            (
                "evidence.files.src/billing/post%py.executed",
                {"010": []},
                "executed['010']: expected a whole number as key",
            ),
            (
                "evidence.files.src/billing/post%py.executed",
                {"10": [2]},
                "expected positions in nodeids, below 2; found 2",
            ),
            ("evidence.files.src/billing/post%py.path_b64", "/w==", "path_b64: expected the bytes of the key"),
            ("policy", [], "policy: expected an object; found a list"),
            ("extra", 1, "top level: unknown key 'extra'"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_wrong_value_is_one_line_with_its_place(self, place: str, value: Any, said: str) -> None:
        with pytest.raises(UsageError) as caught:
            from_json(change(place, value))
        assert said in str(caught.value)
        assert "\n" not in caught.value.message
        assert caught.value.exit_status == USAGE

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('"line": 3', '"line": NaN', "findings[0].line: expected an integer of at least 1; found NaN"),
            ('"line": 3', '"line": 1e999', "findings[0].line: expected an integer of at least 1; found inf"),
            ('"percentile": 88.0', '"percentile": 1e999', "risk.percentile: expected a number; found inf"),
            ('"percentile": 88.0', '"percentile": -Infinity', "risk.percentile: expected a number; found -Infinity"),
            ('"line": 3', '"line": ' + "9" * 5000, "found an integer beyond 9,007,199,254,740,991"),
            ('"line": 3', '"line": 3, "line": 4', "findings[0]: expected an object; found the key 'line' twice"),
            ('"schema": 1', '"schema": 1, "schema": 1', "top level: expected an object; found the key 'schema' twice"),
        ],
        ids=[
            "NaN",
            "infinity by overflow",
            "1e999 as number",
            "-Infinity",
            "5,000 digits",
            "a key twice",
            "schema twice",
        ],
    )
    def test_what_json_lets_pass_is_refused_with_its_place(self, old: str, new: str, said: str) -> None:
        text = to_json(a_full_report()).decode()
        assert old in text
        with pytest.raises(UsageError) as caught:
            from_json(text.replace(old, new).encode())
        assert said in str(caught.value)

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "is not JSON"),
            (b"\xff\xfe{\x00}\x00", "is not UTF-8 text (byte 1)"),
            (b'\xef\xbb\xbf{"schema": 1}', "is not JSON"),
            (b"[]", "top level: expected an object; found a list"),
            (b"{}", "schema: missing"),
            (b'{"schema": "1"}', "schema: expected an integer"),
            (b"[" * 100_000, f"is nested deeper than {DEEPEST} levels"),
            (b"[" + b"{}," * 1_000_001, "has more than 1,000,000 lists and objects"),
            (b'{"a":' * 100_000, f"is nested deeper than {DEEPEST} levels"),
            (b'"' + b'\\"' * 200_000, "is not JSON"),
            (b'"a' * 50_001, "is not JSON"),
            (b" " * (LARGEST + 1), f"has {LARGEST + 1:,} bytes; at most"),
        ],
        ids=[
            "empty",
            "UTF-16",
            "a byte order mark",
            "a list",
            "no schema",
            "text as schema",
            "deep lists",
            "many objects",
            "deep objects",
            "a string without end",
            "many strings without end",
            "too large",
        ],
    )
    def test_input_that_is_no_report_is_refused_in_one_line(self, data: bytes, said: str) -> None:
        with pytest.raises(UsageError) as caught:
            from_json(data)
        assert said in str(caught.value)
        assert "\n" not in caught.value.message

    def test_a_newer_schema_is_refused_before_anything_else_is_looked_at(self) -> None:
        with pytest.raises(UsageError, match="has schema 2; this program reads schema 1") as caught:
            from_json(b'{"schema": 2, "everything": "different"}')
        assert "pip install --upgrade" in caught.value.remedy

    def test_brackets_within_text_are_not_depth(self) -> None:
        report = a_report(findings=(a_finding(message="[" * 500 + '"{' * 500),))
        assert from_json(to_json(report)) == report

    def test_a_report_cut_short_anywhere_is_refused(self) -> None:
        data = to_json(a_full_report())
        for length in range(0, len(data) - 2, 37):
            with pytest.raises(UsageError):
                from_json(data[:length])

    def test_a_report_with_any_byte_changed_is_read_whole_or_refused(self) -> None:
        data = bytearray(to_json(a_full_report()))
        chance = random.Random(0)
        for _ in range(3000):
            position = chance.randrange(len(data))
            kept, data[position] = data[position], chance.randrange(256)
            try:
                assert isinstance(from_json(bytes(data)), Report)
            except UsageError as error:
                assert "\n" not in error.message  # noqa: PT017 - both ends are allowed
            data[position] = kept


class TestSchema:
    def test_the_schema_says_exactly_what_the_reader_demands(self) -> None:
        assert without_descriptions(SCHEMA["properties"]) == {"schema": {"const": 1}} | expected_properties(
            report_shape.REPORT
        )
        assert SCHEMA["required"] == ["schema", *report_shape.REPORT.fields]
        named = {reference for _, reference in references(SCHEMA)}
        assert named == {f"#/definitions/{name}" for name in SCHEMA["definitions"]}

    def test_the_schema_is_draft_7_and_describes_every_key(self) -> None:
        jsonschema.Draft7Validator.check_schema(SCHEMA)
        for definition in (SCHEMA, *SCHEMA["definitions"].values()):
            assert definition["additionalProperties"] is False
            assert definition["description"].endswith(".")
            for key, described in definition["properties"].items():
                assert described["description"].endswith("."), key

    @pytest.mark.parametrize("status", ["fatal", 1, None])
    def test_the_schema_refuses_what_the_reader_refuses(self, status: Any) -> None:
        assert not VALIDATOR.is_valid(json.loads(change("outcomes.0.status", status)))


def references(schema: Any) -> list[tuple[str, str]]:
    if isinstance(schema, dict):
        own = [("$ref", schema["$ref"])] if isinstance(schema.get("$ref"), str) else []
        return own + [pair for value in schema.values() for pair in references(value)]
    return [pair for value in schema for pair in references(value)] if isinstance(schema, list) else []


def without_descriptions(properties: dict[str, Any]) -> dict[str, Any]:
    """Return properties with definitions put in the place of references and descriptions left out."""

    def plain(schema: Any) -> Any:
        if isinstance(schema, list):
            return [plain(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            return plain(SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]])
        if set(schema) == {"description", "allOf"}:
            return plain(schema["allOf"][0])
        members = {key: plain(value) for key, value in schema.items() if key not in ("description", "properties")}
        if "properties" in schema:
            members["properties"] = {key: plain(value) for key, value in schema["properties"].items()}
        return members

    return {key: plain(value) for key, value in properties.items()}


BASE64 = {"type": "string", "contentEncoding": "base64"}


def expected_object(shape: Object, more: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = expected_properties(shape) | (more or {})
    return {"type": "object", "required": list(shape.fields), "additionalProperties": False, "properties": properties}


def expected_properties(shape: Object) -> dict[str, Any]:
    properties = {}
    for key, (_, field) in shape.fields.items():
        properties[key] = expected(field)
        if isinstance(field, PathShape):
            properties[f"{key}_b64"] = BASE64
        if isinstance(field, Paths):
            positions = {"^(0|[1-9][0-9]*)$": BASE64}
            properties[f"{key}_b64"] = {
                "type": "object",
                "patternProperties": positions,
                "additionalProperties": False,
            }
    return properties


def expected(shape: Any) -> dict[str, Any]:
    """Return the schema that says what a shape demands."""
    match shape:
        case report_shape._Tool():
            names = {"name": {"const": "pytest-syncpoints"}, "version": {"type": "string"}}
            return {"type": "object", "required": list(names), "additionalProperties": False, "properties": names}
        case report_shape._Moment():
            pattern = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$"
            return {"type": "string", "format": "date-time", "pattern": pattern}
        case Text():
            return {"type": "string", "enum": list(shape.choices)} if shape.choices else {"type": "string"}
        case Whole():
            return {"type": "integer", "minimum": shape.least}
        case Number():
            return {"type": "number", "minimum": 0, "maximum": 1} if shape is UNIT else {"type": "number"}
        case Flag():
            return {"type": "boolean"}
        case PathShape():
            return {"type": ["string", "null"]} if shape.maybe else {"type": "string"}
        case Paths():
            return {"type": "array", "items": {"type": "string"}}
        case Maybe():
            inner = expected(shape.shape)
            if isinstance(shape.shape, Object):
                return {"oneOf": [{"type": "null"}, inner]}
            return inner | {"type": [inner["type"], "null"]}
        case ListOf():
            return {"type": "array", "items": expected(shape.shape)}
        case Row():
            count = len(shape.shapes)
            return {
                "type": "array",
                "items": [expected(item) for item in shape.shapes],
                "minItems": count,
                "maxItems": count,
            }
        case MapOf() if shape.key is report_shape._line_key:
            lines = {"^[1-9][0-9]*$": expected(shape.shape)}
            return {"type": "object", "patternProperties": lines, "additionalProperties": False}
        case MapOf():
            return {"type": "object", "additionalProperties": expected(shape.shape)}
        case ByPath():
            return {"type": "object", "additionalProperties": expected_object(shape.shape, {"path_b64": BASE64})}
        case Object():
            return expected_object(shape)
    raise NotImplementedError(shape)


def test_a_stale_participant_and_a_renamed_file_keep_their_parts() -> None:
    """A plain example beside the generated ones, readable in a failure."""
    renamed = a_reported_file(path="src/new.py", old_path="src/old.py", status="A")
    stale = a_participant(status="stale", by="alice", source="review", because="post.py changed")
    report = a_report(
        change=a_reported_change(files=(renamed,)), syncpoints=(a_reported_syncpoint(participants=(stale,)),)
    )
    read = from_json(to_json(report))
    assert read.change.files == (renamed,)
    assert read.syncpoints[0].participants == (stale,)
