"""The one door to git: a hardened call, and the repository it is made in.

Every call is made so that nothing in the change under review can steer it: no replace refs, no pathspec
magic, no fsmonitor, hook, filter, pager, external diff or textconv, no transport and no lazy fetch.
Differences between trees are read in a *bare stand-in* directory that shares only the object store and
the index, so that neither ``.gitattributes`` (``*.py -diff`` hides every line of a file, even from
``--text``-less plumbing) nor any configuration can change what a difference says.
"""

from __future__ import annotations

import os

from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.gather.process import Process, Result, find_program
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# What a hook's own git, a quarantined push or a user says about *where* the repository is; every other
# GIT_ variable could change *what* git says and is dropped.
_LOCATION = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
)
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108  # where TMPDIR names no folder that takes ours, as tempfile has it
_HARDENED = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_GRAFT_FILE": "/dev/null/none",  # grafts are replace refs of old: they make up parents
}
_OPTIONS = (
    "--no-pager",
    "--no-replace-objects",
    "--literal-pathspecs",
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "safe.bareRepository=explicit",
    "-c",
    "core.quotePath=false",
    "-c",
    "core.attributesFile=/dev/null",
    "-c",
    "diff.external=",
    "-c",
    "diff.orderFile=/dev/null",
    "-c",
    "log.showSignature=false",
)

# In a partial clone a plain fetch keeps to the filter, and what is missing stays away.
REFETCH = "git fetch --refetch --no-filter origin"


class Repository(Record):
    """Where a repository is. ``git_dir`` is this worktree's, ``common_dir`` shared; ``top`` is ``None`` if bare."""

    program: str
    git_dir: str
    common_dir: str
    top: str | None
    shallow: bool
    object_format: str
    environment: dict[str, str]


class Discovery:
    """A question to git about where we are, asked early and answered when needed."""

    def __init__(self, directory: str = "", environment: Mapping[str, str] | None = None) -> None:
        """Start asking, in ``directory`` or the current one; raises CannotEvaluate where there is no git."""
        program = find_program("git")
        if program is None:
            raise CannotEvaluate("git was not found on PATH", remedy="install git 2.31 or newer")
        self._program = program
        self._environment = hardened_environment(os.environ if environment is None else environment)
        place = ["-C", directory] if directory else []
        questions = [
            "rev-parse",
            "--absolute-git-dir",
            "--is-shallow-repository",
            "--show-object-format",
            "--git-common-dir",
            "--show-toplevel",
        ]
        self._directory = directory
        self._process = Process(program, [*_OPTIONS, *place, *questions], self._environment)
        self._repository: Repository | None = None

    def repository(self) -> Repository:
        """Return the repository; raises CannotEvaluate where there is none or git refuses it."""
        if self._repository is None:
            self._repository = self._answer(self._process.collect())
        return self._repository

    def _answer(self, result: Result) -> Repository:
        answers = os.fsdecode(result.stdout).split("\n")
        if len(answers) < 5:
            raise _no_repository(result)
        git_dir, shallow, object_format, common = answers[:4]
        top = answers[4] if result.status == 0 else None
        return Repository(
            program=self._program,
            git_dir=git_dir,
            common_dir=os.path.abspath(os.path.join(self._directory, common)),
            top=top,
            shallow=shallow == "true",
            object_format=object_format,
            environment=_settled(self._environment, git_dir, top),
        )


def hardened_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return a process environment in which git reads this repository and obeys nothing else."""
    kept = {key: value for key, value in environment.items() if not key.startswith("GIT_") or key in _LOCATION}
    return kept | _HARDENED


def _settled(environment: dict[str, str], git_dir: str, top: str | None) -> dict[str, str]:
    """Return the environment with every place absolute: commands run from the top, a hook names them from anywhere."""
    settled = {key: value for key, value in environment.items() if key not in ("GIT_COMMON_DIR", "GIT_WORK_TREE")}
    settled["GIT_DIR"] = git_dir
    if top is not None:
        settled["GIT_WORK_TREE"] = top
    if "GIT_INDEX_FILE" in settled:
        settled["GIT_INDEX_FILE"] = os.path.abspath(settled["GIT_INDEX_FILE"])
    return settled


def _no_repository(result: Result) -> CannotEvaluate:
    said = error_line(result)
    if "dubious ownership" in said:
        return CannotEvaluate(
            "git does not trust this repository: it belongs to another user",
            remedy='git config --global --add safe.directory "$PWD"',
        )
    if "cannot use bare repository" in said:  # safe.bareRepository: a checkout may hold one, with its own configuration
        return CannotEvaluate("a bare repository is only read where it is named", remedy='export GIT_DIR="$PWD"')
    if "not a git repository" in said:
        return CannotEvaluate("not a git repository (nor any of the folders above)", remedy="cd into one, or: git init")
    return CannotEvaluate(f"git cannot read this repository: {said}", remedy="git status")


def error_line(result: Result) -> str:
    """Return the line in which git said what went wrong, without its ``fatal:``."""
    lines = [line for line in os.fsdecode(result.stderr).splitlines() if line.strip()]
    chosen = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "")
    return chosen.removeprefix("fatal:").removeprefix("error:").strip() or f"git ended with status {result.status}"


def start(repository: Repository, *arguments: str) -> Process:
    """Start a hardened git command in the repository; names from outside go behind ``--end-of-options`` or ``--``."""
    place = repository.top or repository.git_dir
    return Process(repository.program, ["-C", place, *_OPTIONS, *arguments], repository.environment)


def ask(repository: Repository, *arguments: str, stdin: bytes = b"") -> Result:
    """Run a hardened git command to its end; the caller judges its status."""
    return start(repository, *arguments).collect(stdin)


def answer(repository: Repository, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run a hardened git command that must succeed; raises CannotEvaluate with git's own words otherwise."""
    result = ask(repository, *arguments, stdin=stdin)
    if result.status != 0:
        raise evaluation_error(result, arguments[0])
    return result.stdout


def evaluation_error(result: Result, command: str) -> CannotEvaluate:
    """Say why a git command failed, with the one command that mends it where that is known."""
    said = error_line(result)
    if "lazy fetching disabled" in said or "promisor" in said or "missing" in said or "unable to read" in said:
        return CannotEvaluate(f"an object is missing here: {said}", remedy=REFETCH)
    if "index file corrupt" in said or "index uses" in said or "sharedindex" in said:
        return CannotEvaluate(f"the index cannot be read: {said}", remedy="git update-index --no-split-index")
    return CannotEvaluate(f"git {command} failed: {said}", remedy="git fsck --connectivity-only")


def resolve(repository: Repository, revision: str) -> str:
    """Return the full commit id of a revision; raises UsageError for what names no commit here."""
    if "\0" in revision:
        raise UsageError("a revision cannot contain a NUL byte", remedy="name a branch, a tag or a commit")
    result = ask(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    sha = result.stdout.decode("ascii", "replace").strip()
    if result.status != 0 or not is_object_id(sha):
        shown = revision.encode("unicode_escape", "surrogatepass").decode("ascii")
        raise UsageError(
            f"no commit here is called {shown!r}", remedy="git branch --all lists the names this clone knows"
        )
    return sha


def resolve_quietly(repository: Repository, revision: str) -> str | None:
    """Return the full commit id of a revision, or ``None`` where it names none."""
    try:
        return resolve(repository, revision)
    except UsageError:
        return None


def is_object_id(text: str) -> bool:
    """Say whether a text is a whole object id, SHA-1 or SHA-256."""
    return len(text) in (40, 64) and all(symbol in "0123456789abcdef" for symbol in text)


def remote_url(repository: Repository) -> str:
    """Return the URL of ``origin``, or of the first remote; empty where there is none.

    Read from the configuration file itself: it only helps to tell the dialect of an owners file at a place that
    several hosts share, which is not worth a process at every commit.
    """
    try:
        with open(f"{repository.common_dir}/config", encoding="utf-8", errors="replace") as file:
            lines = [line.strip() for line in file]
    except OSError:
        return ""
    urls: dict[str, str] = {}
    section = ""
    for line in lines:
        key, separator, value = line.partition("=")
        if line.startswith("["):
            section = line
        elif separator and key.strip() == "url" and section.startswith("[remote "):
            urls.setdefault(section, value.strip())
    return urls.get('[remote "origin"]') or next(iter(urls.values()), "")


def empty_tree(repository: Repository) -> str:
    """Return the id of the tree without entries, which every repository knows."""
    if repository.object_format == "sha256":
        return "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
    return "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def _made_folder() -> str:
    """Make a folder that only we may enter, in the first of the usual places that takes it (tempfile's import is slow).

    Raises CannotEvaluate where none does.
    """
    name = f"syncpoints-{os.getpid()}-{os.urandom(6).hex()}"
    for place in filter(os.path.isabs, (os.environ.get("TMPDIR", ""), *_TEMPORARY)):
        try:
            os.mkdir(f"{place}/{name}", 0o700)
        except OSError:
            continue
        return f"{place}/{name}"
    raise CannotEvaluate("no temporary folder can be written", remedy="set TMPDIR to a folder with room in it")


class StandIn:
    """A bare git directory of our own that shares a repository's objects, shallow borders and one index, nothing else.

    Made in the temporary folder for one run and removed afterwards; holds no configuration but the object
    format, and no attributes. With ``writable`` it takes new objects itself (a snapshot of the worktree),
    so that the real object store is never written.
    """

    def __init__(self, repository: Repository, *, index: str | None = None, writable: bool = False) -> None:
        """Make the directory. ``index`` is an index file to read (default: none, an empty one)."""
        self._repository = repository
        self.path = _made_folder()
        os.mkdir(f"{self.path}/refs")
        self._write("HEAD", "ref: refs/heads/none\n")
        version, extension = (
            (1, "[extensions]\n\tobjectFormat = sha256\n") if repository.object_format == "sha256" else (0, "")
        )
        if repository.shallow:  # else git would look for the parents it was never given
            with open(f"{repository.common_dir}/shallow", encoding="ascii") as file:
                self._write("shallow", file.read())
        self._write("config", f"[core]\n\trepositoryFormatVersion = {version}\n\tbare = true\n{extension}")
        self.environment = self._environment(index, writable=writable)

    def _environment(self, index: str | None, *, writable: bool) -> dict[str, str]:
        outside = self._repository.environment
        kept = {key: value for key, value in outside.items() if key not in _LOCATION}
        store = outside.get("GIT_OBJECT_DIRECTORY") or f"{self._repository.common_dir}/objects"
        alternates = outside.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "")
        if writable:
            os.mkdir(f"{self.path}/objects")
            alternates = f"{_quoted(store)}:{alternates}" if alternates else _quoted(store)
            store = f"{self.path}/objects"
        return kept | {
            "GIT_DIR": self.path,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_INDEX_FILE": index or f"{self.path}/index",
            "GIT_OBJECT_DIRECTORY": store,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": alternates,
        }

    def _write(self, name: str, text: str) -> None:
        with open(f"{self.path}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def start(self, *arguments: str, work_tree: str | None = None) -> Process:
        """Start a git command inside the stand-in, on the files below ``work_tree`` where one is named."""
        environment = self.environment if work_tree is None else {**self.environment, "GIT_WORK_TREE": work_tree}
        return Process(self._repository.program, [*_OPTIONS, *arguments], environment)

    def ask(self, *arguments: str, stdin: bytes = b"") -> Result:
        """Run a git command inside the stand-in to its end; the caller judges its status."""
        return self.start(*arguments).collect(stdin)

    def answer(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run a git command that must succeed; raises CannotEvaluate with git's own words otherwise."""
        result = self.ask(*arguments, stdin=stdin)
        if result.status != 0:
            raise evaluation_error(result, arguments[0])
        return result.stdout

    def failed(self, result: Result, command: str) -> CannotEvaluate:
        """Say why a command in here failed."""
        return evaluation_error(result, command)

    def remove(self) -> None:
        """Delete the directory and everything git put into it."""
        for folder, _, names in os.walk(self.path, topdown=False):
            for name in names:
                os.unlink(f"{folder}/{name}")
            os.rmdir(folder)

    def __enter__(self) -> StandIn:
        """Return the stand-in itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Delete it, whatever happened."""
        self.remove()


def _quoted(path: str) -> str:
    """Quote a path for GIT_ALTERNATE_OBJECT_DIRECTORIES, whose entries are separated by colons."""
    if ":" not in path and not path.startswith('"'):
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
