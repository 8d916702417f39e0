"""``python -m pytest_syncpoints``: the command, where its script is not on PATH."""

from pytest_syncpoints.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
