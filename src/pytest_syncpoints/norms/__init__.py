"""Norms: rules written down ahead: which uses a Python file makes of what they name, what breaks them, how it is mended."""
