"""Billing: invoices, and the ledger they are posted to."""
