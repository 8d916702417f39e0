"""Norms: rules written down ahead: what in a Python file breaks them, and how it is mended."""
