"""Accounts with a balance, and the entries that move it."""

UP = """
CREATE TABLE account (name TEXT PRIMARY KEY, balance TEXT NOT NULL DEFAULT '0');
CREATE TABLE entry (id INTEGER PRIMARY KEY, account TEXT NOT NULL, amount TEXT NOT NULL);
"""
DOWN = """
DROP TABLE entry;
DROP TABLE account;
"""
