"""Norms that a repository nearly keeps already: what would be one, and how often it is kept or broken today."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.first_policy.observed import Use


class Candidate(Record):
    """A norm that could be: what to search for, the word on a line that keeps it, and its lines of TOML."""

    name: str
    grep: str
    word: str
    says: tuple[str, ...]
    why: str


class Counted(Record):
    """A norm with how many lines it is about, and how many of them keep it."""

    norm: Candidate
    uses: int
    kept: int
    files: int


# The patterns are POSIX extended regular expressions; `starts` below finds them again in a line.
NORMS: tuple[Candidate, ...] = (
    Candidate(
        "http-timeout",
        r"requests\.(get|post|put|patch|delete|head|request)\(",
        "timeout",
        ('call = "requests.*"', 'require_keyword = "timeout"'),
        "a call without a timeout can wait for ever",
    ),
    Candidate(
        "yaml-loader",
        r"yaml\.load\(",
        "Loader",
        ('call = "yaml.load"', 'require_keyword = "Loader"'),
        "yaml.load without a safe Loader runs what the file says",
    ),
    Candidate(
        "subprocess-check",
        r"subprocess\.run\(",
        "check",
        ('call = "subprocess.run"', 'require_keyword = "check"'),
        "a command that fails unseen",
    ),
    Candidate(
        "aware-times",
        r"datetime\.utcnow\(",
        "",
        ('call = "datetime.datetime.utcnow"',),
        "utcnow() returns a time without a zone; datetime.now(UTC) has one",
    ),
)
_STARTS = {
    "http-timeout": tuple(f"requests.{verb}(" for verb in ("get", "post", "put", "patch", "delete", "head", "request")),
    "yaml-loader": ("yaml.load(",),
    "subprocess-check": ("subprocess.run(",),
    "aware-times": ("datetime.utcnow(",),
}
FEWEST = 3


def counted(uses: Sequence[Use]) -> list[Counted]:
    """Return the norms this code has something to say about; a call over several lines counts as broken."""
    found = []
    for norm in NORMS:
        lines = [use for use in uses if any(start in use.text for start in _STARTS[norm.name])]
        kept = sum(1 for use in lines if norm.word and norm.word in use.text)
        if len(lines) >= FEWEST:
            found.append(Counted(norm, len(lines), kept, len({use.path for use in lines})))
    return found
