"""Which dialect a tree's owners files are in, from the files that are there and the host of the remote.

In this order, the first that applies:

1. the forge the remote's host belongs to, if a file is at one of its locations (a repository that lives in two
   forges may have a file for each, and the remote says which one counts here);
2. a file in a folder only one forge reads: ``.github``, ``.gitlab``, ``.gitea``, ``.forgejo``, ``.bitbucket``;
3. a ``CODEOWNERS`` in the root or ``docs``: GitLab's if any line begins with a section header, else GitHub's;
4. an ``OWNERS`` in the root: Prow's if ``OWNERS_ALIASES`` is beside it or a line begins with one of its keys; then
   Chromium's if it names a file by ``file://`` or the remote is Chromium's; else Gerrit's;
5. without any of these, Chromium or Gerrit where the remote is theirs (their files may begin further down).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.owners.ownership import Read

# What a host's name contains, and whose it is; the first that fits.
_HOSTS = (
    ("chromium", "chromium"),
    ("googlesource", "gerrit"),
    ("gerrit", "gerrit"),
    ("gitlab", "gitlab"),
    ("bitbucket", "bitbucket"),
    ("codeberg", "gitea"),
    ("forgejo", "gitea"),
    ("gitea", "gitea"),
    ("github", "github"),
)
_FOLDERS = (
    (".github/", "github"),
    (".gitlab/", "gitlab"),
    (".gitea/", "gitea"),
    (".forgejo/", "gitea"),
    (".bitbucket/", "bitbucket"),
)
_SHARED = ("CODEOWNERS", "docs/CODEOWNERS")
_PROW_KEYS = (b"approvers:", b"reviewers:", b"required_reviewers:", b"filters:", b"options:", b"labels:")


def detect(read: Read, remote: str = "", owners_file: str | None = None) -> str:
    """Return a dialect's name, empty where there is no owners file at all."""
    host = dialect_of_host(remote)
    if owners_file is not None:
        return _of_file(owners_file, read(owners_file) or b"", host)
    if host and _is_there(host, read):
        return _of_tree(read, host) if host in ("chromium", "gerrit") else host
    for folder, dialect in _FOLDERS:
        if read(f"{folder}CODEOWNERS") is not None:
            return dialect
    for file in _SHARED:
        data = read(file)
        if data is not None:
            return "gitlab" if has_sections(data) else "github"
    if read("OWNERS") is not None:
        return _of_tree(read, host)
    return host if host in ("chromium", "gerrit") else ""


def dialect_of_host(remote: str) -> str:
    """Return the dialect of a remote's host, empty where its name says nothing; the path never decides."""
    host = remote.partition("://")[2] or remote
    host = host.partition("/")[0].rpartition("@")[2].partition(":")[0].lower()
    return next((dialect for part, dialect in _HOSTS if part in host), "")


def has_sections(data: bytes) -> bool:
    """Say whether a CODEOWNERS file has a line that can only be a GitLab section header."""
    return any(line.lstrip().startswith((b"[", b"^[")) for line in data.split(b"\n"))


def _is_there(dialect: str, read: Read) -> bool:
    if dialect in ("chromium", "gerrit"):
        return read("OWNERS") is not None
    folders = [folder for folder, name in _FOLDERS if name == dialect]
    shared = () if dialect == "bitbucket" else _SHARED
    return any(read(file) is not None for file in (*(f"{folder}CODEOWNERS" for folder in folders), *shared))


def _of_file(file: str, data: bytes, host: str) -> str:
    """Decide by a file's own name and folder, then the host, then what it says."""
    for folder, dialect in _FOLDERS:
        if file.startswith(folder):
            return dialect
    if file.rpartition("/")[2].startswith("OWNERS") or file.endswith("_OWNERS"):
        return _of_addresses(data, host)
    if host and host not in ("chromium", "gerrit"):
        return host
    return "gitlab" if has_sections(data) else "github"


def _of_tree(read: Read, host: str) -> str:
    if read("OWNERS_ALIASES") is not None:
        return "prow"
    return _of_addresses(read("OWNERS") or b"", host)


def _of_addresses(data: bytes, host: str) -> str:
    lines = data.split(b"\n")
    if any(line.startswith(_PROW_KEYS) for line in lines):
        return "prow"
    return "chromium" if host == "chromium" or b"file://" in data else "gerrit"
