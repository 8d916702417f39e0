"""The policy's JSON Schema says of a policy's form what the reader says."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import tomli
from tests.bad_policies import BAD, Bad

from pytest_syncpoints import policy_json_schema
from pytest_syncpoints.policy_schema import POLICY, Key

FILE = Path(policy_json_schema.__file__).parent / "schemas" / "policy.schema.json"
ROOT = Path(__file__).parents[2]
VALIDATOR = jsonschema.Draft7Validator(json.loads(FILE.read_bytes()))
LONGEST = 10**12
GOOD = {
    "nothing": "",
    "a team and a sync point": (
        '[teams.ops]\nmembers = ["@acme/ops"]\ntempo = "014d"\ncapacity = "90m/week"\n'
        '[syncpoints.p]\npaths = ["src/"]\nparticipants = [{ team = "ops", purpose = "permission" }]\n'
    ),
    "one purpose, or several": (
        "[syncpoints.p]\ncontent = []\n"
        'participants = [{ team = "@a/b", purpose = ["awareness", "learning"], approvals = 2 }]\n'
    ),
    "levels for all doors, and by door": '[rules]\nSIZ002 = "warn"\nEVD = { local = "off", ci = "block" }\n',
    "dates as TOML has them, and as text": (
        '[components.c]\npaths = ["a"]\n[incidents.a]\ncomponents = ["c"]\ndate = 2026-03-02\n'
        '[incidents.b]\ncomponents = ["c"]\ndate = "2026-03-02"\n'
    ),
}


def as_json(value: Any) -> Any:
    """Return TOML as an editor hands it to a schema: dates are strings."""
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, int) and value > LONGEST:
        return LONGEST  # jsonschema's own message could not print more digits
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else value


def accepts(text: str) -> bool:
    return bool(VALIDATOR.is_valid(as_json(tomli.loads(text))))


def test_the_file_is_what_the_table_says() -> None:
    """Where this fails, write it anew: python -m pytest_syncpoints.policy_json_schema > .../policy.schema.json."""
    assert FILE.read_text("utf-8") == policy_json_schema.as_text()


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(json.loads(FILE.read_bytes()))


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_a_good_policy_is_accepted(text: str) -> None:
    assert accepts(text)


def test_our_own_policy_is_accepted() -> None:
    assert accepts((ROOT / "syncpoints.toml").read_text("utf-8"))


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_fault_of_form_is_refused_and_one_of_sense_is_not(bad: Bad) -> None:
    assert accepts(bad.text) is not bad.structural


def leaves(keys: dict[str, Key]) -> list[Key]:
    return [leaf for key in keys.values() for leaf in [key, *leaves(key.keys)]]


def test_every_key_says_what_it_is_for() -> None:
    assert all(key.about and not key.about.endswith(".") for key in leaves(POLICY))
