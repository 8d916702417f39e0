"""Loops: questions about many changes at once."""
