"""Which host's rules a tree's owners files follow."""

from __future__ import annotations

from pytest_syncpoints.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.owners.model import Ownership, Reader

# Where only one host looks, before the places that several share.
_TELLING = (
    (".github/CODEOWNERS", "github"),
    (".gitlab/CODEOWNERS", "gitlab"),
    (".gitea/CODEOWNERS", "gitea"),
    (".forgejo/CODEOWNERS", "gitea"),
    (".bitbucket/CODEOWNERS", "bitbucket"),
)
_SHARED = ("CODEOWNERS", "docs/CODEOWNERS")
# Words in a remote's host; the first that is there decides.
_HOSTS = (
    ("github", "github"),
    ("gitlab", "gitlab"),
    ("gitea", "gitea"),
    ("forgejo", "gitea"),
    ("codeberg", "gitea"),
    ("bitbucket", "bitbucket"),
)
_GERRIT = ("gerrit", "googlesource", "review.")
DIALECTS = ("github", "gitlab", "gitea", "bitbucket", "prow", "chromium", "gerrit")


def load(dialect: str, read: Reader, *, remote: str = "", owners_file: str | None = None) -> Ownership:
    """Return who owns what in the tree that ``read`` opens (a regular file's bytes by path, else ``None``).

    ``dialect`` is one of DIALECTS or ``auto``: then the remote's host decides where it is a known one and the
    file it would read is there; else a file where only one host looks (``.github/``, ``.gitlab/``, ``.gitea/``,
    ``.bitbucket/``); else ``CODEOWNERS`` at the top or in ``docs/`` is GitHub's; else ``OWNERS`` at the top is
    Prow's where a line looks like YAML, and otherwise Chromium's, or Gerrit's where the remote says so.
    ``owners_file`` is read in place of every standard location; its folder and name then decide for ``auto``.
    Raises UsageError for an unknown dialect, and for Prow without PyYAML.
    """
    if dialect == "auto":
        dialect = _by_name(owners_file, read, remote) if owners_file is not None else _by_files(read, _host(remote))
    if dialect not in DIALECTS:
        raise UsageError(f"{dialect!r} is no dialect of owners files", remedy=f"one of: auto, {', '.join(DIALECTS)}")
    return _load(dialect, read, () if owners_file is None else (owners_file,))


def _load(dialect: str, read: Reader, only: tuple[str, ...]) -> Ownership:
    """Import one dialect and let it read; the others are not paid for."""
    if dialect == "gitlab":
        from pytest_syncpoints.owners import gitlab

        return gitlab.load(read, only or gitlab.LOCATIONS)
    if dialect == "gitea":
        from pytest_syncpoints.owners import gitea

        return gitea.load(read, only or gitea.LOCATIONS)
    if dialect == "bitbucket":
        from pytest_syncpoints.owners import bitbucket

        return bitbucket.load(read, only or bitbucket.LOCATIONS)
    if dialect == "prow":
        from pytest_syncpoints.owners import prow

        return prow.load(read, only)
    if dialect in ("chromium", "gerrit"):
        from pytest_syncpoints.owners import chromium

        return chromium.load(read, only, dialect=dialect)
    from pytest_syncpoints.owners import github

    return github.load(read, only or github.LOCATIONS)


def _host(remote: str) -> str:
    """Return the host of a URL or of ``user@host:path``."""
    rest = remote.partition("://")[2] or remote
    return rest.partition("/")[0].rpartition("@")[2].partition(":")[0].lower()


def _by_files(read: Reader, host: str) -> str:
    preferred = next((dialect for word, dialect in _HOSTS if word in host), "")
    present = [dialect for file, dialect in _TELLING if read(file) is not None]
    shared = any(read(file) is not None for file in _SHARED)
    if preferred in present or (shared and preferred in ("github", "gitlab", "gitea")):
        return preferred
    if present:
        return present[0]
    return "github" if shared else _by_owners(read("OWNERS"), host)


def _by_owners(content: bytes | None, host: str) -> str:
    if content is None:
        return "github"
    if _is_yaml(content):
        return "prow"
    return "gerrit" if any(word in host for word in _GERRIT) and "chromium" not in host else "chromium"


def _is_yaml(content: bytes) -> bool:
    keys = (b"approvers:", b"reviewers:", b"required_reviewers:", b"labels:", b"options:", b"filters:")
    return any(line.startswith(keys) for line in content.splitlines())


def _by_name(owners_file: str, read: Reader, remote: str) -> str:
    name = owners_file.replace("\\", "/")
    for file, dialect in _TELLING:
        if name == file or name.endswith(f"/{file}"):
            return dialect
    if name.rpartition("/")[2] == "OWNERS":
        return _by_owners(read(owners_file), _host(remote))
    return next((dialect for word, dialect in _HOSTS if word in _host(remote)), "github")
