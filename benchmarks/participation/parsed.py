"""Count the lines in commit messages that name who took part, and how many of them are understood.

    python benchmarks/participation/parsed.py REPOSITORY...

A line is present where a pattern of its own finds it (not the parser's table); it is understood where somebody is
credited and every e-mail in it is among the people found.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from pytest_syncpoints.credits import ROLES, people_in

PRESENT = re.compile(
    r"^(author|authors|co-?author(?:s|ed[- ]by)?|co-developed[- ]by|(?:release-)?acked[- ]by|approved[- ]by|"
    r"review(?:ed)?[- ]by|signed?[- ]off?[- ]by|tested[- ]by|reviewed|patch by|ported[- ]by|authored[- ]by|"
    r"committed[- ]by)\s*:\s*(\S.*)$",
    re.IGNORECASE | re.MULTILINE,
)
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+[\w]")


def main() -> None:
    """Print a row per repository."""
    for place in sys.argv[1:]:
        log = ["git", "-C", place, "log", "-z", "--format=%B", "HEAD"]
        text = subprocess.run(log, check=True, capture_output=True).stdout.decode("utf-8", "replace")
        lines = [found for message in text.split("\0") for found in PRESENT.findall(message)]
        understood = sum(is_understood(key, value) for key, value in lines)
        name = os.path.basename(place.rstrip("/").removesuffix("/repo"))
        print(f"{name:<28}{len(lines):>9,}{understood:>9,}{100 * understood / max(1, len(lines)):9.3f} %")


def is_understood(key: str, value: str) -> bool:
    """Say whether a line credits somebody, and everybody whose e-mail it has."""
    role = ROLES.get("-".join(key.lower().split()))
    found = [person.email for person in people_in(value)] if role else []
    mails = MAIL.findall(value.partition(" #")[0])
    return bool(found) and all(any(mail in email for email in found) for mail in mails)


if __name__ == "__main__":
    main()
