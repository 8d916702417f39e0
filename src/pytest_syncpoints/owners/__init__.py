"""STUB."""
from __future__ import annotations
from pytest_syncpoints.record import Record
from pytest_syncpoints.pattern import PathPattern
class Source(Record):
    file: str
    line: int
    pattern: str
class Owned(Record):
    owners: tuple[str, ...] = ()
    matched: bool = False
    source: Source | None = None
    sections: tuple = ()
    roles: dict = {}
class Ownership(Record):
    dialect: str = "github"
    files: tuple[str, ...] = ()
    faults: tuple = ()
    rules: tuple = ()
    def owners_of(self, path):
        for n, p, o in reversed(self.rules):
            if p.matches(path): return Owned(o, True, Source(self.files[0], n, p.text))
        return Owned()
NO_OWNERS = Ownership()
def load(dialect, read, *, remote="", owners_file=None):
    for f in (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"):
        t = read(f)
        if t is None: continue
        rules = []
        for i, l in enumerate(t.decode().splitlines(), 1):
            w = l.split("#")[0].split()
            if w: rules.append((i, PathPattern(w[0]), tuple(w[1:])))
        return Ownership("github", (f,), (), tuple(rules))
    return NO_OWNERS
