import importlib
import sqlite3
from decimal import Decimal

import pytest

from billing.ledger.post import balance, post_entry


@pytest.fixture
def db():
    connection = sqlite3.connect(":memory:")
    for step in ("0041_create", "0042_drop_balance"):
        connection.executescript(importlib.import_module(f"billing.ledger.migrations.{step}").UP)
    connection.execute("INSERT INTO account (name) VALUES ('cash')")
    return connection


def test_the_balance_is_the_sum_of_the_entries(db):
    post_entry(db, "cash", Decimal(40), "EUR")
    post_entry(db, "cash", Decimal(10), "USD")
    assert balance(db, "cash") == Decimal("49.20")


def test_an_entry_of_nothing_is_refused(db):
    with pytest.raises(ValueError, match="moves money"):
        post_entry(db, "cash", Decimal(0), "EUR")
