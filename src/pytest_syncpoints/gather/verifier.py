"""Verifier: whose signature a signature is, judged now and by the signers of the target's tip alone."""

from __future__ import annotations

import base64
import binascii
import os
import shutil
import tempfile

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.process import Process, find_program
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from pytest_syncpoints.gather.process import Result
    from pytest_syncpoints.signed_note import SignatureKind

_ARMOR = ("-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----")
_WIDTH = 70
_KEPT = ("PATH", "HOME", "GNUPGHOME", "TMPDIR")
_PROGRAMS: dict[str, tuple[str, str]] = {
    "ssh": ("ssh-keygen", "install OpenSSH 8.9 or newer (Debian: apt-get install openssh-client)"),
    "gpg": ("gpg", "install GnuPG (Debian: apt-get install gnupg)"),
}


class Verdict(Record):
    """Whose signature it is (a principal: an e-mail, or the name of a ``[people]`` entry), or why it is nobody's."""

    principal: str = ""
    name: str = ""
    fault: str = ""


class Verifier:
    """Checks signatures against one list of signers; use it as a context manager: it keeps files while it is open.

    ``allowed`` is the content of an ssh allowed-signers file, ``revoked`` of the list of revoked keys beside it
    (``None``: there is none); ``fingerprints`` are gpg's. The time is always now, whatever a commit or note says.
    """

    def __init__(self, allowed: bytes | None, revoked: bytes | None, fingerprints: tuple[str, ...]) -> None:
        """Write the lists where the programs can read them."""
        self._fingerprints = frozenset("".join(text.split()).upper().removeprefix("0X") for text in fingerprints)
        self._allowed = allowed
        self.folder = tempfile.mkdtemp(prefix="syncpoints-signers-")
        self.allowed_file = self._write("allowed_signers", allowed or b"")
        self.revoked_file = self._write("revoked", revoked) if revoked is not None else ""

    def __enter__(self) -> Self:
        """Return the verifier itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Delete its files."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, name: str, content: bytes) -> str:
        path = f"{self.folder}/{name}"
        with open(path, "wb") as file:
            file.write(content)
        return path

    def verify(self, kind: SignatureKind, message: bytes, signature: str, *, namespace: str) -> Verdict:
        """Return whose signature (base64) this is over a message; raises CannotEvaluate without the program."""
        program = signing_program(kind)
        try:
            raw = base64.b64decode(signature, validate=True)
        except (ValueError, binascii.Error):
            return Verdict(fault="the signature is not base64")
        path = self._write("signature", _armored(raw) if kind == "ssh" else raw)
        return self._ssh(program, message, path, namespace) if kind == "ssh" else self._gpg(program, message, path)

    def _ssh(self, program: str, message: bytes, path: str, namespace: str) -> Verdict:
        if self._allowed is None:
            return Verdict(fault="[signers] names no allowed-signers file that the target's tip has")
        found = _call(program, "-Y", "find-principals", "-s", path, "-f", self.allowed_file)
        principals = [name for line in os.fsdecode(found.stdout).splitlines() for name in line.split(",")]
        said = found.stderr
        for principal in dict.fromkeys(name for name in principals if name and not set(name) & set("*?!")):
            words = ["-Y", "verify", "-f", self.allowed_file, "-I", principal, "-n", namespace, "-s", path]
            result = _call(program, *words, stdin=message)
            said += result.stderr
            if result.status == 0:
                revoked = self.revoked_file and _call(program, *words, "-r", self.revoked_file, stdin=message).status
                return Verdict(fault="the key was revoked") if revoked else Verdict(principal=principal)
        return Verdict(fault=_ssh_fault(os.fsdecode(said), known=bool(principals)))

    def _gpg(self, program: str, message: bytes, path: str) -> Verdict:
        words = ("--batch", "--no-tty", "--no-auto-key-retrieve", "--status-fd", "1", "--verify", path, "-")
        result = _call(program, *words, stdin=message)
        status = [
            line.split(" ")[1:]
            for line in result.stdout.decode("utf-8", "replace").splitlines()
            if line[:9] == "[GNUPG:] "
        ]
        kinds = {words[0]: words[1:] for words in status if words}
        valid = kinds.get("VALIDSIG", [])
        fault = _gpg_fault(kinds) or ("" if result.status == 0 and valid else "gpg does not call the signature good")
        if fault:
            return Verdict(fault=fault)
        if not self._fingerprints & {valid[0], valid[-1]}:
            return Verdict(fault=f"the key {valid[-1]} is not among [signers] fingerprints")
        name, _, rest = " ".join(kinds["GOODSIG"][1:]).rpartition(" <")
        return Verdict(principal=rest.rstrip(">"), name=name)


def signing_program(kind: SignatureKind) -> str:
    """Return the absolute path of ssh-keygen or gpg; raises CannotEvaluate where it is not installed."""
    name, remedy = _PROGRAMS[kind]
    program = find_program(name)
    if program is None:
        raise CannotEvaluate(f"signatures matter here, and {name} was not found on PATH", remedy=remedy)
    return program


def _call(program: str, *words: str, stdin: bytes = b"") -> Result:
    environment = {"LC_ALL": "C", **{name: os.environ[name] for name in _KEPT if name in os.environ}}
    return Process(program, words, environment).collect(stdin)


def _armored(raw: bytes) -> bytes:
    text = base64.b64encode(raw).decode("ascii")
    lines = [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)]
    return "\n".join((_ARMOR[0], *lines, _ARMOR[1], "")).encode("ascii")


def bare(armored: bytes) -> str | None:
    """Return the base64 of an armored ssh signature, ``None`` where it is none."""
    lines = armored.decode("ascii", "replace").strip().splitlines()
    return "".join(lines[1:-1]) if len(lines) > 2 and (lines[0], lines[-1]) == _ARMOR else None


def _ssh_fault(said: str, *, known: bool) -> str:
    """Return why ssh-keygen refused, in our words (its own go to people who ask it, in English under LC_ALL=C)."""
    for word, fault in (
        ("key has expired", "the key has expired"),
        ("not yet valid", "the key is not valid yet"),
        ("namespace", "the signature was made for something else"),
        ("incorrect signature", "the signature is not of this text"),
    ):
        if word in said.lower():
            return fault
    return "the signature is not of this text" if known else "the key is not among the target's signers"


def _gpg_fault(kinds: dict[str, list[str]]) -> str:
    for word, fault in (
        ("REVKEYSIG", "the key was revoked"),
        ("EXPKEYSIG", "the key has expired"),
        ("KEYEXPIRED", "the key has expired"),
        ("EXPSIG", "the signature has expired"),
        ("BADSIG", "the signature is not of this text"),
        ("NO_PUBKEY", "the public key is not in this keyring"),
    ):
        if word in kinds:
            return fault
    return "" if "GOODSIG" in kinds else "gpg does not call the signature good"
