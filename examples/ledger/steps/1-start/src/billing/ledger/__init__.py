"""The ledger: entries that are posted once and never edited."""
