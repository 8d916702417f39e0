"""Secrets that come into the tree: seen once, they must be revoked, for taking them out leaves them in the history.

Only forms that are unmistakable: prefixes the services publish, with length and alphabet, and the checksum where the
form has one (GitHub's and npm's: the last six digits are the CRC-32 of the rest, in base 62;
https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/).
A finding tells the kind and the line, never the secret.
"""

from __future__ import annotations

import re

from pytest_syncpoints.detectors.places import SECRET_MARKS
from pytest_syncpoints.record import Record
from pytest_syncpoints.subject import irreversible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

MOST_OF_A_LINE = 20_000
MOST_LINES = 2_000  # that may hold a secret; the first of them say enough
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Words of samples: documentation and tests write them inside what would else be a secret.
_SAMPLES = (
    "EXAMPLE",
    "example",
    "xxxx",
    "XXXX",
    "1234567890",
    "abcdef0123",
    "0000000",
    "placeholder",
    "redacted",
    "FAKE",
)


class Form(Record):
    """The form of one kind of secret; with ``checksum`` its last six digits prove it."""

    kind: str
    pattern: re.Pattern[str]
    checksum: bool = False


def _form(kind: str, pattern: str, *, checksum: bool = False) -> Form:
    return Form(kind, re.compile(rf"(?<![A-Za-z0-9_-]){pattern}(?![A-Za-z0-9_])"), checksum)


FORMS: tuple[Form, ...] = (
    _form("an AWS access key", r"A[KS]IA[A-Z2-7]{16}"),
    _form("a GitHub token", r"gh[pousr]_[A-Za-z0-9]{36}", checksum=True),
    _form("a GitHub token", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    _form("a GitLab token", r"glpat-[A-Za-z0-9_-]{20}"),
    _form("a Slack token", r"xox[abps]-[0-9]{10,14}-[0-9]{10,14}-[A-Za-z0-9-]{20,64}"),
    _form("a Slack webhook", r"hooks\.slack\.com/services/T[A-Z0-9]{8,11}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{24}"),
    _form("a live Stripe key", r"[sr]k_live_[A-Za-z0-9]{24,128}"),
    _form("a Google API key", r"AIza[A-Za-z0-9_-]{35}"),
    _form("an npm token", r"npm_[A-Za-z0-9]{36}", checksum=True),
    _form("a PyPI token", r"pypi-AgE[A-Za-z0-9_-]{80,220}"),
    _form("a SendGrid key", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    _form("an Anthropic key", r"sk-ant-(?:api|admin)[0-9]{2}-[A-Za-z0-9_-]{80,110}"),
    _form("an OpenAI key", r"sk-proj-[A-Za-z0-9_-]{40,200}"),
    _form("a DigitalOcean token", r"dop_v1_[a-f0-9]{64}"),
    _form("a Hugging Face token", r"hf_[A-Za-z]{34}"),
    _form("a Shopify token", r"shpat_[a-fA-F0-9]{32}"),
    _form("a Docker Hub token", r"dckr_pat_[A-Za-z0-9_-]{27}"),
    _form("a Vault token", r"hvs\.[A-Za-z0-9_-]{90,120}"),
    _form("a Grafana token", r"glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}"),
    _form("an age key", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    _form("an Azure storage key", r"AccountKey=[A-Za-z0-9+/]{86}=="),
)
_PRIVATE_KEY = re.compile(r"-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----")
_KEY_DATA = re.compile(r"[A-Za-z0-9+/=]{40,}")


def judge(subject: Subject, _: Facts) -> Iterator[Finding]:
    """Yield one finding a kind and line that the change adds; the same secret elsewhere in the old file is not new."""
    old = (subject.before or b"").decode("utf-8", "replace")
    lines = list(subject.added_lines())
    marked = [at for at, (_, line) in enumerate(lines) if any(mark in line for mark in SECRET_MARKS)]
    for at in marked[:MOST_LINES]:
        number, line = lines[at][0], _text(lines[at][1])
        for kind in dict.fromkeys(_kinds(line, old)):
            yield _finding(subject, number, kind)
        if (
            _PRIVATE_KEY.search(line)
            and _has_key_data(line, [_text(raw) for _, raw in lines[at + 1 : at + 6]])
            and line.strip() not in old
        ):
            yield _finding(subject, number, "a private key")


def _kinds(line: str, old: str) -> Iterator[str]:
    for form in FORMS:
        for match in form.pattern.finditer(line):
            said = match[0]
            if said not in old and _is_random(said) and (not form.checksum or _proven(said)):
                yield form.kind


def _is_random(said: str) -> bool:
    """Say whether a text has what samples lack: many different characters, and no word that says what it is."""
    tail = said[-24:]
    return len(set(tail)) >= 9 and not any(word in said for word in _SAMPLES)


def _proven(token: str) -> bool:
    from zlib import crc32

    body, said = token.rpartition("_")[2][:-6], token[-6:]
    value, digits = crc32(body.encode()), ""
    while value:
        value, digit = divmod(value, 62)
        digits = _DIGITS[digit] + digits
    return digits.rjust(6, "0") == said


def _text(line: bytes) -> str:
    return line[:MOST_OF_A_LINE].decode("utf-8", "replace")


def _has_key_data(line: str, following: list[str]) -> bool:
    """Say whether key material follows the heading: in the next lines, or in the same one of a quoted key."""
    rest = line.partition("-----BEGIN")[2].partition("KEY")[2]
    texts = [rest, *following]
    return any((found := _KEY_DATA.search(text)) and _is_random(found[0]) for text in texts)


def _finding(subject: Subject, line: int, kind: str) -> Finding:
    return irreversible(
        subject,
        line,
        f"{kind} comes into the tree; whoever can read the history has it",
        undo="revoke it where it was issued, and issue another: taking the line out does not take it back",
        remedy="read it from the environment or a secret store",
        anchor="secret",
    )
