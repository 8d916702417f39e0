"""Post entries to the ledger."""

import sqlite3
from decimal import Decimal

from billing.ledger.rates import to_euro


def post_entry(db: sqlite3.Connection, account: str, amount: Decimal, currency: str) -> None:
    """Append one entry, in euro whatever currency it comes in."""
    if amount == 0:
        raise ValueError("an entry moves money")
    euro = to_euro(amount, currency)
    db.execute("INSERT INTO entry (account, amount) VALUES (?, ?)", (account, str(euro)))


def balance(db: sqlite3.Connection, account: str) -> Decimal:
    rows = db.execute("SELECT amount FROM entry WHERE account = ? ORDER BY id", (account,))
    return sum((Decimal(amount) for (amount,) in rows), Decimal(0))
