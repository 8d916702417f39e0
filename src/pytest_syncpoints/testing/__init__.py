"""Testing: what a test process measures of the changed lines; imported only with ``pytest --syncpoints``."""
