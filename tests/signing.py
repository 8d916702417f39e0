"""Signing: ssh keys for the people of a story, and what a host or a signer would hand over."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.project import Project

from pytest_syncpoints.change import Person
from pytest_syncpoints.gather.ranges import RangeRequest
from pytest_syncpoints.report import Report, ReportParticipant
from pytest_syncpoints.run import Request, run
from pytest_syncpoints.signoff import ForgeFacts, Review

POLICY = """
[people]
alice = ["@alice", "alice@example.org", "alice@home.example"]
bob = ["@bob", "bob@example.org"]
[teams.ops]
members = ["alice", "bob@example.org", "robot@ci[bot].example", "@hana"]
[syncpoints.ledger-ops]
paths = ["ledger/"]
accept = ["trailer", "review", "signature"]
participants = [{ team = "ops", purpose = "permission" }]
[signers]
file = ".syncpoints/allowed_signers"
[machine]
authors = ["robot@*"]
[rules]
SIZ003 = "off" # the ledger of these stories is prose, not Python
"""
LEDGER = "".join(f"line {number}\n" for number in range(20)) + "if paid:\n    book()\nelse:\n    wait()\n" + "end\n" * 9
CHANGED = LEDGER.replace("line 10\n", "LINE 10\n").replace("    book()\n", "    book()\n    tell()\n")
SIGNERS = ".syncpoints/allowed_signers"


class Keys:
    """One ed25519 key for each person, made when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def private(self, who: str) -> Path:
        path = self.folder / who
        if not path.exists():
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", who, "-f", str(path)]
            subprocess.run(words, check=True, capture_output=True)
        return path

    def public(self, who: str) -> str:
        self.private(who)
        return (self.folder / f"{who}.pub").read_text().strip()

    def signers(self, *people: str, options: str = "") -> str:
        """Return an allowed-signers file that lists the keys of these people."""
        return "".join(f"{who}@example.org {options}{self.public(who)}\n" for who in people)


class Story:
    """A change to the ledger by Carol on the branch feature, and everything people say about it."""

    def __init__(self, project: Project, keys: Keys) -> None:
        self.project = project
        self.keys = keys
        self.forge = ForgeFacts(identities=(("carol", "carol@example.org"),))
        signers = keys.signers("alice", "bob", "carol", "dan")
        project.commit_as(
            "root@example.org",
            {
                "syncpoints.toml": POLICY,
                SIGNERS: signers,
                "ledger/post.py": LEDGER,
                "ledger/old.py": "old\n" * 9,
                "other.py": "x\n",
            },
        )
        project.branch("feature").commit_as("carol@example.org", {"ledger/post.py": CHANGED})

    def report(self) -> Report:
        return run(Request(RangeRequest(base="main"), door="ci", forge=self.forge))

    def ops(self) -> ReportParticipant:
        (point,) = self.report().syncpoints
        return point.participants[0]

    @property
    def digest(self) -> str:
        return self.report().syncpoints[0].digest

    @property
    def head(self) -> str:
        return self.project.head()

    def on_main(self, files: dict[str, str | None]) -> None:
        """Land something on main and come back."""
        self.project.git("switch", "-q", "main")
        self.project.commit_as("root@example.org", dict(files))
        self.project.git("switch", "-q", "feature")

    def by_trailer(self, who: str = "bob", line: str = "Acked-by: {who} # ledger-ops/ops {digest}") -> None:
        person = f"{who.title()} <{who}@example.org>" if "@" not in who else who
        text = line.format(who=person, digest=self.digest)
        self.project.commit_as("bob@example.org", None, f"Sign off\n\n{text}\n")

    def by_review(self, who: str = "bob", **facts: object) -> None:
        """Have somebody, by their handle, review the head; the order of calls is that of the reviews."""
        values = {
            "commit": self.head,
            "state": "approved",
            "submitted_at": f"2026-01-06T10:00:{len(self.forge.reviews):02}Z",
        }
        review = Review(Person("", "", who), **values | facts)  # type: ignore[arg-type]
        self.forge = self.forge._replace(reviews=(*self.forge.reviews, review))

    def by_note(self, who: str = "bob", *words: str) -> None:
        """Have somebody run ``syncpoints signoff`` with their key."""
        self.sign_as(who)
        outcome = self.project.run("signoff", "ledger-ops", "--team", "ops", "--base", "main", *words)
        assert outcome.code == 0, outcome

    def sign_as(self, who: str) -> None:
        self.project.git("config", "gpg.format", "ssh")
        self.project.git("config", "user.signingkey", str(self.keys.private(who)))

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.project.path / path).read_text()
        assert old in text
        self.project.commit_as("carol@example.org", {path: text.replace(old, new)})

    def rebase(self, files: dict[str, str | None]) -> None:
        self.on_main(files)
        self.project.git("rebase", "-q", "main")
