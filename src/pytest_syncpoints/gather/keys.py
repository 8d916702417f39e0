"""Keys: who somebody is and what they sign with, as their own git is configured, and the signature itself."""

from __future__ import annotations

import base64
import os
import shutil
import tempfile

from pytest_syncpoints.change import Person
from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.gather.git import ask, error_line
from pytest_syncpoints.gather.process import Process, find_program
from pytest_syncpoints.gather.verifier import bare
from pytest_syncpoints.record import Record
from pytest_syncpoints.signed_note import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.signed_note import SignatureKind

_IDENTITY = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
_DATES = ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE")
_LITERAL = ("key::", "ssh-", "ecdsa-", "sk-")


class Key(Record):
    """What git signs with here: ``name`` is a key's file or literal text for ssh, a key's id for gpg."""

    kind: SignatureKind
    name: str
    program: str


def writing(repository: Repository) -> Repository:
    """Return the repository with the identity of whoever runs this, for commands that write a commit or a note."""
    own = {name: os.environ[name] for name in (*_IDENTITY, *_DATES) if name in os.environ}
    return repository._replace(environment={**repository.environment, **own})


def identity(repository: Repository) -> Person:
    """Return who git takes the user for; raises CannotEvaluate where it does not know."""
    result = ask(writing(repository), "var", "GIT_AUTHOR_IDENT")
    name, bracket, rest = result.stdout.decode("utf-8", "surrogateescape").strip().rpartition(" <")
    if result.status != 0 or not bracket:
        raise CannotEvaluate(
            "git does not know who you are", remedy="git config user.name NAME; git config user.email MAIL"
        )
    return Person(name, rest.partition(">")[0])


def configured_key(repository: Repository) -> Key | None:
    """Return what git's configuration signs with, ``None`` without ``user.signingkey``; raises UsageError for x509."""
    form = _configured(repository, "gpg.format") or "openpgp"
    name = _configured(repository, "user.signingkey")
    if not name:
        return None
    if form == "ssh":
        if not name.startswith(_LITERAL):
            name = _configured(repository, "user.signingkey", "--type=path")
        return Key("ssh", name, _program(repository, ("gpg.ssh.program",), "ssh-keygen"))
    if form == "openpgp":
        return Key("gpg", name, _program(repository, ("gpg.openpgp.program", "gpg.program"), "gpg"))
    raise UsageError(f"gpg.format = {form!r} is not supported here", remedy="git config gpg.format ssh (or openpgp)")


def _configured(repository: Repository, key: str, *words: str) -> str:
    result = ask(repository, "config", *words, "--get", key)
    return os.fsdecode(result.stdout).strip() if result.status == 0 else ""


def _program(repository: Repository, keys: tuple[str, ...], usual: str) -> str:
    named = next((found for key in keys if (found := _configured(repository, key))), usual)
    program = named if os.path.isabs(named) else find_program(named)
    if program is None or not os.access(program, os.X_OK):
        raise CannotEvaluate(
            f"{named} was not found on PATH, and git signs with it", remedy=f"git config {keys[0]} PATH"
        )
    return program


def sign(key: Key, message: bytes) -> str:
    """Return the signature of a message, in base64; raises CannotEvaluate where the program fails."""
    folder = tempfile.mkdtemp(prefix="syncpoints-sign-")
    try:
        return _sign_ssh(key, message, folder) if key.kind == "ssh" else _sign_gpg(key, message)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sign_ssh(key: Key, message: bytes, folder: str) -> str:
    """Sign as git does: the message in a file, the signature in another beside it."""
    name, agent = key.name, []
    if name.startswith(_LITERAL):
        agent = ["-U"]
        with open(f"{folder}/key.pub", "w", encoding="utf-8") as file:
            file.write(name.removeprefix("key::") + "\n")
        name = f"{folder}/key.pub"
    path = f"{folder}/message"
    with open(path, "wb") as file:
        file.write(message)
    result = Process(key.program, ["-Y", "sign", "-n", NAMESPACE, "-f", name, *agent, path], os.environ).collect()
    if result.status != 0:
        raise _failed(key, error_line(result))
    with open(f"{path}.sig", "rb") as signed:
        signature = bare(signed.read())
    if signature is None:
        raise _failed(key, "it wrote no ssh signature")
    return signature


def _sign_gpg(key: Key, message: bytes) -> str:
    result = Process(key.program, ["--detach-sign", "--local-user", key.name, "--output", "-"], os.environ).collect(
        message
    )
    if result.status != 0 or not result.stdout:
        raise _failed(key, error_line(result))
    return base64.b64encode(result.stdout).decode("ascii")


def _failed(key: Key, said: str) -> CannotEvaluate:
    return CannotEvaluate(f"{key.program} could not sign: {said}", remedy="git config user.signingkey names the key")
