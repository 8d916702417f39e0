"""API: what others can import, before and after a change, and what of it breaks its callers."""
