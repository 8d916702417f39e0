"""pytest-syncpoints: who must meet over this change, for what purpose, and how."""
