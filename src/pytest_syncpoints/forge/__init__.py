"""Forges: one module per host, each over the one HTTP client; every failure is a CannotEvaluate with its remedy."""
