"""Signatures by gpg: a key counts by its fingerprint, while it is good in the keyring at hand."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.signing import POLICY, SIGNERS, Story

pytestmark = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")


class Keyring:
    """A gpg home of its own, below a short path: the agent's socket has little room."""

    def __init__(self, home: str) -> None:
        self.home = home

    def gpg(self, *words: str) -> str:
        done = subprocess.run(["gpg", "--batch", "--quiet", *words], capture_output=True, text=True, check=True)
        return done.stdout

    def key(self, who: str) -> str:
        """Make a key without a passphrase and return its fingerprint."""
        address = f"{who.title()} <{who}@example.org>"
        self.gpg("--passphrase", "", "--quick-generate-key", address, "ed25519", "sign", "never")
        listed = self.gpg("--with-colons", "--list-keys", f"{who}@example.org")
        return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyring]:
    home = tempfile.mkdtemp(prefix="gpg")
    monkeypatch.setenv("GNUPGHOME", home)
    yield Keyring(home)
    subprocess.run(["gpgconf", "--kill", "gpg-agent"], check=False, capture_output=True)
    shutil.rmtree(home, ignore_errors=True)


def trust(story: Story, *fingerprints: str) -> None:
    listed = ", ".join(f'"{fingerprint}"' for fingerprint in fingerprints)
    story.on_main({"syncpoints.toml": POLICY.replace(f'file = "{SIGNERS}"', f"fingerprints = [{listed}]")})


def test_a_gpg_signature_counts_by_its_fingerprint_while_the_key_is_good(
    story: Story, keyring: Keyring, tmp_path: Path
) -> None:
    fingerprint = keyring.key("bob")
    story.project.git("config", "user.signingkey", fingerprint)
    trust(story, fingerprint)
    outcome = story.project.run("signoff", "ledger-ops", "--team", "ops", "--base", "main")
    assert outcome.code == 0, outcome
    assert (story.ops().status, story.ops().by) == ("met", "Bob <bob@example.org>")

    trust(story, "0" * 40)
    assert (story.ops().status, f"the key {fingerprint} is not among" in story.ops().because) == ("open", True)

    trust(story, fingerprint)
    revocation = (Path(keyring.home) / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text().replace(":-----", "-----")
    (tmp_path / "revoke").write_text(revocation)
    keyring.gpg("--import", str(tmp_path / "revoke"))
    ops = story.ops()
    assert (ops.status, "the key was revoked" in ops.because) == ("open", True), ops


def test_an_expired_gpg_key_and_an_absent_one_sign_nothing(
    story: Story, keyring: Keyring, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fingerprint = keyring.key("bob")
    story.project.git("config", "user.signingkey", fingerprint)
    trust(story, fingerprint)
    assert story.project.run("signoff", "ledger-ops", "--team", "ops", "--base", "main").code == 0
    keyring.gpg("--passphrase", "", "--quick-set-expire", fingerprint, "seconds=1")
    subprocess.run(["sleep", "2"], check=True)
    ops = story.ops()
    assert (ops.status, "the key has expired" in ops.because) == ("open", True), ops
    (tmp_path / "empty").mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(tmp_path / "empty"))
    ops = story.ops()
    assert (ops.status, "not in this keyring" in ops.because) == ("open", True), ops
