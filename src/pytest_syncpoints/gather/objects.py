"""Objects: blobs, trees and commits of the object database, read through one ``git cat-file --batch``."""

from __future__ import annotations

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.git import REFETCH, start
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from pytest_syncpoints.gather.git import Repository

REGULAR = ("100644", "100755", "100664")
_TREE = "40000"


class Entry(Record):
    """One entry of a tree: octal mode as stored, and object id."""

    mode: str
    oid: str


class Objects:
    """A conversation with the object database: every question costs one round trip over a pipe, no process."""

    def __init__(self, repository: Repository) -> None:
        """Start the reader; it asks by object id or by a name of ours, never by a name from outside."""
        self._process = start(repository, "cat-file", "--batch")
        self._rest = bytearray()
        self._trees: dict[str, dict[str, Entry]] = {}
        self._id_bytes = 32 if repository.object_format == "sha256" else 20

    def __enter__(self) -> Objects:
        """Return the reader itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the conversation."""
        if kind is None:
            self._process.close()
        else:
            self._process.kill()

    def _fill(self) -> None:
        chunk = self._process.read(1 << 20)
        if not chunk:
            raise _ended()
        self._rest += chunk

    def ask(self, name: str) -> tuple[str, str, bytes] | None:
        """Return ``(id, type, content)`` of an object, or ``None`` where there is none of that name."""
        try:
            self._process.write(name.encode("utf-8", "surrogateescape") + b"\n")
        except BrokenPipeError:
            raise _ended() from None
        while (end := self._rest.find(b"\n")) < 0:
            self._fill()
        header = bytes(self._rest[:end]).split(b" ")
        del self._rest[: end + 1]
        if len(header) != 3 or not header[2].isdigit():
            return None
        size = int(header[2])
        while len(self._rest) <= size:  # the content is followed by one newline
            self._fill()
        content = bytes(self._rest[:size])
        del self._rest[: size + 1]
        return header[0].decode("ascii"), header[1].decode("ascii"), content

    def commit(self, name: str) -> str | None:
        """Return the commit id that ``HEAD`` or another name of ours stands for."""
        found = self.ask(f"{name}^{{commit}}")
        return found[0] if found else None

    def tree_id(self, commit: str) -> str | None:
        """Return the id of a commit's tree."""
        found = self.ask(f"{commit}^{{tree}}")
        return found[0] if found else None

    def blob(self, oid: str) -> bytes:
        """Return a blob's content; raises CannotEvaluate where the object is missing (partial or damaged clone)."""
        found = self.ask(oid)
        if found is None or found[1] != "blob":
            raise CannotEvaluate(f"the object {oid} is missing here", remedy=REFETCH)
        return found[2]

    def tree(self, oid: str) -> dict[str, Entry]:
        """Return a tree's entries by name; read once per tree."""
        if oid not in self._trees:
            found = self.ask(f"{oid}^{{tree}}")
            if found is None:
                raise CannotEvaluate(f"the tree of {oid} is missing here", remedy=REFETCH)
            self._trees[oid] = dict(parse_tree(found[2], self._id_bytes))
        return self._trees[oid]

    def entry(self, root: str, path: str) -> Entry | None:
        """Return the entry at a path below a commit or tree, or ``None``; links are never followed."""
        *folders, name = path.split("/")
        at = root
        for folder in folders:
            found = self.tree(at).get(folder)
            if found is None or found.mode != _TREE:
                return None
            at = found.oid
        return self.tree(at).get(name)

    def file(self, root: str, path: str) -> tuple[str, bytes] | None:
        """Return ``(blob id, content)`` of a *regular file* at a path below a commit or tree, else ``None``."""
        entry = self.entry(root, path)
        if entry is None or entry.mode not in REGULAR:
            return None
        return entry.oid, self.blob(entry.oid)


def _ended() -> CannotEvaluate:
    """Say why git stopped answering: it does so where a partial clone would have to fetch, or an object is damaged."""
    return CannotEvaluate("an object is missing or damaged here: git cat-file ended early", remedy=REFETCH)


def parse_tree(content: bytes, id_bytes: int) -> list[tuple[str, Entry]]:
    """Return the entries of a tree object (mode, space, name, NUL, raw id: git-mktree)."""
    entries = []
    at = 0
    while at < len(content):
        space = content.index(b" ", at)
        nul = content.index(b"\0", space)
        mode = content[at:space].decode("ascii")
        name = content[space + 1 : nul].decode("utf-8", "surrogateescape")
        at = nul + 1 + id_bytes
        entries.append((name, Entry(mode, content[nul + 1 : at].hex())))
    return entries
