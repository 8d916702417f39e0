"""Hooks: one small main() per pre-commit hook id."""
