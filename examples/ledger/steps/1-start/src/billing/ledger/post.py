"""Post entries to the ledger."""

import sqlite3
from decimal import Decimal

from billing.ledger.rates import to_euro


def post_entry(db: sqlite3.Connection, account: str, amount: Decimal) -> None:
    """Append one entry and keep the account's balance in step."""
    if amount == 0:
        raise ValueError("an entry moves money")
    db.execute("INSERT INTO entry (account, amount) VALUES (?, ?)", (account, str(amount)))
    db.execute("UPDATE account SET balance = balance + ? WHERE name = ?", (str(amount), account))


def balance(db: sqlite3.Connection, account: str) -> Decimal:
    row = db.execute("SELECT balance FROM account WHERE name = ?", (account,)).fetchone()
    return Decimal(row[0]) if row else Decimal(0)


def post_foreign(db: sqlite3.Connection, account: str, amount: Decimal, currency: str) -> None:
    post_entry(db, account, to_euro(amount, currency))
