"""The same command by ``python -m pytest_syncpoints.cli``."""

from pytest_syncpoints.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
