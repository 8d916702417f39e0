"""Secrets that come into the tree: found by unmistakable forms, never printed."""

from __future__ import annotations

import string
from zlib import crc32

import pytest
from tests.detecting import codes, findings

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def base62(value: int) -> str:
    digits = ""
    while value:
        value, digit = divmod(value, 62)
        digits = DIGITS[digit] + digits
    return digits.rjust(6, "0")


def with_checksum(prefix: str, body: str = "kJ8vN2qLx9RtYw3ZbC7mPd5FgHsA4u") -> str:
    return f"{prefix}{body}{base62(crc32(body.encode()))}"


# Put together here, so that no scanner takes this file for a leak.
AWS = "AKIA" + "Q3EGSHVR7PLWX2ND"
STRIPE = "sk_" + "live_" + "9aKd83LmQx7Zr2VnT5bYw1Pc"
SLACK = "xoxb-" + "748291650347-918273645501-" + "kQ8vN2qLx9RtYw3ZbC7mPd5F"
KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEowIBAAKCAQEAx8Zt3vJmKq9LwYb7NcRfGh2PdSeUaVoTiXrQn5Wk4Bj6HyMz\n"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(f'KEY = "{AWS}"\n', id="an AWS key"),
        pytest.param(f"token: {with_checksum('ghp_')}\n", id="a GitHub token"),
        pytest.param(f"//registry.npmjs.org/:_authToken={with_checksum('npm_')}\n", id="an npm token"),
        pytest.param(f"STRIPE={STRIPE}\n", id="a Stripe key"),
        pytest.param(f"slack = '{SLACK}'\n", id="a Slack token"),
        pytest.param(KEY, id="a private key"),
        pytest.param('key = "' + KEY.replace("\n", "\\n") + '"\n', id="a private key in one line"),
    ],
)
def test_a_secret_is_irreversible_and_not_repeated(line: str) -> None:
    (found,) = findings({"app/settings.py": ("import os\n", f"import os\n{line}")})
    assert (found.rule, found.line) == ("REV003", 2)
    said = " ".join(map(str, found))
    assert not any(word in said for word in (AWS, STRIPE, SLACK, with_checksum("ghp_"), with_checksum("npm_"), "MIIE"))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param("app/a.py", "AKIAIOSFODNN7EXAMPLE", id="the sample of the documentation"),
        pytest.param("app/a.py", "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", id="a checksum that is wrong"),
        pytest.param("app/a.py", "sk_live_xxxxxxxxxxxxxxxxxxxxxxxxxxxx", id="a placeholder"),
        pytest.param("app/a.py", "-----BEGIN PRIVATE KEY-----", id="a heading without a key"),
        pytest.param("app/a.py", "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n", id="a public key"),
        pytest.param("app/a.py", "os.environ['AWS_KEY'] or 'AKIA'", id="a prefix alone"),
        pytest.param("app/a.py", "x" + AWS + "x", id="inside a longer word"),
        pytest.param("tests/test_a.py", AWS, id="in a test"),
        pytest.param("docs/a.md", STRIPE, id="in the documentation"),
    ],
)  # fmt: skip
def test_what_only_looks_like_a_secret(path: str, line: str) -> None:
    assert codes({path: (None, f"{line}\n")}) == []


def test_a_secret_that_was_there_before_is_not_new() -> None:
    assert codes({"app/a.py": (f'K = "{AWS}"\n', f'KEY = "{AWS}"\n')}) == []
    assert codes({"app/a.py": (f'K = "{AWS}"\n', "")}) == []
