"""`syncpoints doctor`: what is wrong here, each with the one command that mends it."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

from pytest_syncpoints.errors import BLOCKED, CLEAR, PolicyError, SyncpointsError, UsageError
from pytest_syncpoints.gather.base import detect_base
from pytest_syncpoints.gather.git import Discovery, ask, resolve_quietly
from pytest_syncpoints.gather.process import Process, find_program
from pytest_syncpoints.record import Record
from pytest_syncpoints.render.escape import visible
from pytest_syncpoints.signed_note import NOTES_REF
from pytest_syncpoints.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Literal

    from pytest_syncpoints.gather.git import Repository

    State = Literal["ok", "note", "fault"]

OLDEST_GIT = (2, 31)
HOOK_TYPES = ("pre-commit", "prepare-commit-msg", "commit-msg", "pre-push")
NOTES_REFSPEC = f"+{NOTES_REF}:{NOTES_REF}"
# What an optional part imports, what it is for, and the extra that brings it.
EXTRAS: tuple[tuple[str, str, str], ...] = (
    ("httpx2", "syncpoints publish", "forge"),
    ("stamina", "syncpoints publish", "forge"),
    ("yaml", "OWNERS files of Kubernetes", "prow"),
)


class Diagnosis(Record):
    """One thing looked at: what is so, and the command that mends it where it is not well.

    A ``note`` is worth knowing and breaks nothing today; a ``fault`` makes a review wrong or impossible.
    """

    state: State
    about: str
    says: str
    remedy: str = ""


class Examined(Record):
    """Everything doctor looked at, in its order."""

    diagnoses: tuple[Diagnosis, ...]

    @property
    def status(self) -> int:
        """Return the exit status: notes fail nothing."""
        return BLOCKED if any(one.state == "fault" for one in self.diagnoses) else CLEAR


class Place(Record):
    """A repository and its configuration as the user's git reads it: every value of every key, in order."""

    repository: Repository
    settings: dict[str, tuple[str, ...]]

    def last(self, key: str) -> str:
        """Return the value of a key that counts, empty where it is not set."""
        return self.settings.get(key, ("",))[-1]


def examine() -> Examined:
    """Look at the tools, the clone, the hooks, the keys and the policy; raises CannotEvaluate without a repository."""
    repository = Discovery().repository()
    place = Place(repository, _settings(repository))
    return Examined(tuple(one for look in LOOKS for one in look(place)))


def _settings(repository: Repository) -> dict[str, tuple[str, ...]]:
    listed = ask(repository, "config", "--list", "--null", "--show-scope").stdout.decode("utf-8", "replace").split("\0")
    found: dict[str, tuple[str, ...]] = {}
    for scope, pair in zip(listed[::2], listed[1::2], strict=False):
        key, _, value = pair.partition("\n")
        if scope != "command":  # our own, which only harden this call
            found[key] = (*found.get(key, ()), value)
    return found


def _tools(place: Place) -> Iterator[Diagnosis]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Diagnosis("ok", "pytest-syncpoints", f"{VERSION} on Python {python}")
    said = Process(place.repository.program, ["--version"], place.repository.environment).collect().stdout
    words = said.decode("utf-8", "replace").split()
    version = words[2] if len(words) > 2 else "unknown"
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers < OLDEST_GIT:
        yield Diagnosis("fault", "git", f"{version} is older than 2.31", "install git 2.31 or newer")
    else:
        yield Diagnosis("ok", "git", version)


def _clone(place: Place) -> Iterator[Diagnosis]:
    if place.repository.shallow:
        says = "shallow: history ends early, so merge bases, sign-offs and drift may be missing"
        yield Diagnosis("fault", "clone", says, "git fetch --unshallow")
    partial = next((key for key in place.settings if key.endswith(".partialclonefilter")), None)
    if partial is not None:
        remote = partial.removeprefix("remote.").removesuffix(".partialclonefilter")
        says = "partial: files that are not here yet cannot be read (reviews never fetch)"
        yield Diagnosis("note", "clone", says, f"git fetch --refetch --no-filter {remote}")
    if not place.repository.shallow and partial is None:
        yield Diagnosis("ok", "clone", "whole")


def _base(place: Place) -> Iterator[Diagnosis]:
    base = detect_base(place.repository)
    remotes = [key for key in place.settings if key.startswith("remote.") and key.endswith(".url")]
    if base is not None:
        yield Diagnosis("ok", "base", f"{base.name} ({base.why})")
    elif remotes:
        yield Diagnosis("fault", "base", "no branch here looks like the target", "git remote set-head origin --auto")
    else:
        yield Diagnosis("note", "base", "no remote and no main branch: name the base", "syncpoints check --base REV")


def _hooks(place: Place) -> Iterator[Diagnosis]:
    top = place.repository.top
    if top is None:
        return
    configured = place.last("core.hookspath")
    folder = os.path.join(top, os.path.expanduser(configured)) if configured else f"{place.repository.common_dir}/hooks"
    if not _says(os.path.join(top, ".pre-commit-config.yaml"), "syncpoints"):
        yield Diagnosis("note", "hooks", "no hook of ours is configured", "syncpoints init --write")
        return
    missing = [name for name in HOOK_TYPES if not os.access(os.path.join(folder, name), os.X_OK)]
    types = " ".join(f"-t {name}" for name in missing)
    if configured and missing:
        says = f"core.hooksPath is {configured}, where pre-commit installs nothing; prek does"
        yield Diagnosis("fault", "hooks", says, f"prek install {types}")
    elif missing:
        yield Diagnosis("fault", "hooks", f"not installed: {', '.join(missing)}", f"pre-commit install {types}")
    else:
        yield Diagnosis("ok", "hooks", f"installed in {folder}")


def _says(path: str, word: str) -> bool:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return word in file.read()
    except OSError:
        return False


def _identity(place: Place) -> Iterator[Diagnosis]:
    if not place.last("user.email"):
        says = "git does not know your address, so nobody can tell you from the author"
        yield Diagnosis("note", "identity", says, "git config user.email YOU@HOST")
    form, key = place.last("gpg.format") or "openpgp", place.last("user.signingkey")
    program = "ssh-keygen" if form == "ssh" else place.last("gpg.program") or "gpg"
    if not key:
        says = "no signing key: you can review, but not sign with `syncpoints signoff`"
        remedy = "git config gpg.format ssh && git config user.signingkey ~/.ssh/id_ed25519.pub"
        yield Diagnosis("note", "signing", says, remedy)
    elif form == "ssh" and "/" in key and not os.path.isfile(os.path.expanduser(key)):
        yield Diagnosis("fault", "signing", f"the key {key} is not there", "git config user.signingkey FILE")
    elif find_program(program) is None and not os.path.isabs(program):
        yield Diagnosis("fault", "signing", f"{program} was not found on PATH", f"install {program}")
    else:
        yield Diagnosis("ok", "signing", f"{form} key {key}")


def _notes(place: Place) -> Iterator[Diagnosis]:
    fetched = [value for key, values in place.settings.items() if key.endswith(".fetch") for value in values]
    remote = next((key.split(".")[1] for key in place.settings if key.startswith("remote.")), "")
    if not remote:
        return
    if any(NOTES_REF in value or value.startswith(("+refs/notes/*", "refs/notes/*")) for value in fetched):
        yield Diagnosis("ok", "notes", f"{NOTES_REF} is fetched")
    else:
        has = "some are here" if resolve_quietly(place.repository, NOTES_REF) else "none are here"
        says = f"signed sign-offs ({NOTES_REF}) are not fetched; {has}"
        yield Diagnosis("note", "notes", says, f"git config --add remote.{remote}.fetch '{NOTES_REFSPEC}' && git fetch")


def _policy(_place: Place) -> Iterator[Diagnosis]:
    from pytest_syncpoints.commands.lint import lint

    try:
        linted = lint(staged=False)
    except (PolicyError, UsageError) as error:
        yield Diagnosis("fault", "policy", str(error).split("\n")[0], "syncpoints lint")
        return
    faults = sum(fault.level == "fault" for fault in linted.faults)
    owners = ", ".join(linted.owners) or "no owners file"
    if linted.policy is None:
        yield Diagnosis("note", "policy", f"none; {owners}", "syncpoints init")
    elif faults:
        says = f"{linted.policy} has {faults} fault{'s' if faults > 1 else ''}"
        yield Diagnosis("fault", "policy", says, "syncpoints lint")
    else:
        yield Diagnosis("ok", "policy", f"{linted.policy} is clean; {owners}")


def _plugins(place: Place) -> Iterator[Diagnosis]:
    from pytest_syncpoints.commands.lint import worktree_policy
    from pytest_syncpoints.plugins import plugin_manager

    try:
        names = worktree_policy(place.repository).plugins
    except SyncpointsError:
        return  # said as a fault of the policy
    for name in names:
        try:
            plugin_manager([name], worktree=place.repository.top)
        except UsageError as error:
            yield Diagnosis("fault", "plugin", error.message, error.remedy)
        else:
            yield Diagnosis("ok", "plugin", f"{name} loads")


def _extras(_place: Place) -> Iterator[Diagnosis]:
    absent: dict[str, str] = {}
    for module, purpose, extra in EXTRAS:
        if find_spec(module) is None:
            absent.setdefault(extra, purpose)
    for extra, purpose in absent.items():
        command = f"python -m pip install 'pytest-syncpoints[{extra}]'"
        yield Diagnosis("note", "extra", f"{extra} is not installed (for {purpose})", command)
    core = os.environ.get("COVERAGE_CORE", "sysmon" if sys.version_info >= (3, 14) else "ctrace")
    if core == "sysmon" and find_spec("coverage") is not None:
        says = "coverage measures with sysmon, which loses which test ran a line"
        yield Diagnosis("note", "coverage", says, "export COVERAGE_CORE=ctrace")


LOOKS: tuple[Callable[[Place], Iterator[Diagnosis]], ...] = (
    _tools,
    _clone,
    _base,
    _hooks,
    _identity,
    _notes,
    _policy,
    _plugins,
    _extras,
)


def as_text(examined: Examined) -> str:
    """Return a line for each thing looked at, the command that mends it below, and one closing line."""
    lines: list[str] = []
    for one in examined.diagnoses:
        lines.append(visible(f"{one.state:<6}{one.about}: {one.says}"))
        if one.remedy:
            lines.append(f"      {visible(one.remedy)}")
    states = [one.state for one in examined.diagnoses]
    faults, notes = states.count("fault"), states.count("note")
    counts = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in ((faults, "fault"), (notes, "note"))]
    said = " and ".join(text for text in counts if not text.startswith("0 "))
    return "\n".join([*lines, f"doctor: {said or 'all well'}"]) + "\n"
