"""Which file is used, in which dialect, and what is read when."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pytest_syncpoints
from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.owners import NO_OWNERS, load
from pytest_syncpoints.owners.detect import detect, dialect_of_host

RULE = b"* @here\n"
SOURCES = str(Path(pytest_syncpoints.__file__).parents[1])


def reader(files: Any, log: Any = None) -> Any:
    """Return a read function over a dictionary, noting every path asked for."""

    def read(path: str) -> Any:
        if log is not None:
            log.append(path)
        content = files.get(path)
        return content.encode() if isinstance(content, str) else content

    return read


@pytest.mark.parametrize(
    ("dialect", "order"),
    [
        ("github", [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"]),
        ("gitlab", ["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"]),
        ("gitea", ["CODEOWNERS", "docs/CODEOWNERS", ".gitea/CODEOWNERS", ".forgejo/CODEOWNERS"]),
        ("bitbucket", [".bitbucket/CODEOWNERS"]),
    ],
)
def test_the_first_location_found_is_used_and_the_others_are_not(dialect: str, order: Any) -> None:
    for first in range(len(order)):
        files = {path: f".* @{number}\n* @{number}\n" for number, path in enumerate(order) if number >= first}
        ownership = load(dialect, reader(files))
        assert ownership.files == (order[first],)
        assert ownership.owners_of("x").owners == (f"@{first}",)


def test_a_location_of_another_forge_is_not_looked_at() -> None:
    assert load("github", reader({".gitlab/CODEOWNERS": RULE})) is NO_OWNERS
    assert load("bitbucket", reader({"CODEOWNERS": RULE})) is NO_OWNERS


def test_without_any_file_nobody_owns_anything() -> None:
    for dialect in ("auto", "github", "gitlab", "gitea", "bitbucket", "prow", "chromium", "gerrit"):
        ownership = load(dialect, reader({}))
        assert not ownership.owners_of("a/b").matched
        assert (ownership.files, ownership.faults, ownership.rules, ownership.explain("a")) == ((), (), (), ())


def test_a_file_of_three_megabytes_is_not_loaded_and_no_other_one_instead() -> None:
    large = RULE + b"#" * (3 * 1024 * 1024)
    ownership = load("github", reader({".github/CODEOWNERS": large, "CODEOWNERS": RULE}))
    assert not ownership.owners_of("x").matched
    assert ownership.files == (".github/CODEOWNERS",)
    assert "3 MB" in ownership.faults[0].message
    assert load("gitlab", reader({"CODEOWNERS": large})).owners_of("x").matched


def test_gitea_reads_no_more_than_its_limit() -> None:
    text = b".* @a\n" + b"#" * (8 * 1024 * 1024) + b"\n.* @b\n"
    ownership = load("gitea", reader({"CODEOWNERS": text}))
    assert ownership.owners_of("x").owners == ("@a",)
    assert "8 MiB" in ownership.faults[0].message


def test_a_file_may_be_named() -> None:
    ownership = load("github", reader({"my/owners": RULE, "CODEOWNERS": b"* @other\n"}), owners_file="my/owners")
    assert ownership.owners_of("x").source == ("my/owners", 1, "*")
    named = load("prow", reader({"TOP": "approvers: [a]\n", "d/OWNERS": "approvers: [b]\n"}), owners_file="TOP")
    assert named.owners_of("d/x").owners == ("b", "a")


def test_a_named_file_that_is_not_there_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="there is no owners file nowhere"):
        load("auto", reader({}), owners_file="nowhere")


def test_an_unknown_dialect_is_a_usage_error_that_names_the_known_ones() -> None:
    with pytest.raises(UsageError) as error:
        load("svn", reader({}))
    assert "github" in error.value.remedy


@pytest.mark.parametrize(
    ("files", "remote", "dialect", "why"),
    [
        ({".github/CODEOWNERS": ""}, "", "github", "a folder only GitHub reads"),
        ({".gitlab/CODEOWNERS": ""}, "", "gitlab", "a folder only GitLab reads"),
        ({".gitea/CODEOWNERS": ""}, "", "gitea", "a folder only Gitea reads"),
        ({".forgejo/CODEOWNERS": ""}, "", "gitea", "a folder only Forgejo reads"),
        ({".bitbucket/CODEOWNERS": ""}, "", "bitbucket", "a folder only Bitbucket reads"),
        (
            {".github/CODEOWNERS": "", ".gitlab/CODEOWNERS": ""},
            "git@gitlab.example.org:a/b.git",
            "gitlab",
            "the remote",
        ),
        (
            {".github/CODEOWNERS": "", ".gitlab/CODEOWNERS": ""},
            "https://github.com/gitlab/x",
            "github",
            "only the host",
        ),
        ({".github/CODEOWNERS": "", ".gitlab/CODEOWNERS": ""}, "", "github", "GitHub's folder comes first"),
        ({".github/CODEOWNERS": ""}, "https://gitlab.com/a/b", "github", "the remote's forge has no file"),
        ({"CODEOWNERS": "* @a\n"}, "", "github", "nothing else to go by"),
        ({"CODEOWNERS": "* @a\n[Docs]\n*.md @b\n"}, "", "gitlab", "a section header"),
        ({"docs/CODEOWNERS": "^[Docs]\n*.md @b\n"}, "", "gitlab", "an optional section header"),
        ({"CODEOWNERS": "* @a\n"}, "ssh://git@codeberg.org/a/b", "gitea", "the remote of a shared location"),
        ({"CODEOWNERS": "* @a\n"}, "git@bitbucket.org:a/b", "github", "Bitbucket does not read the root"),
        ({"OWNERS": "approvers:\n- a\n"}, "", "prow", "Prow's keys"),
        ({"OWNERS": "a@x.y\n", "OWNERS_ALIASES": ""}, "", "prow", "Prow's aliases"),
        ({"OWNERS": "a@x.y\n"}, "", "gerrit", "addresses"),
        ({"OWNERS": "a@x.y\nfile://X_OWNERS\n"}, "", "chromium", "a file named from the root as Chromium does"),
        ({"OWNERS": "a@x.y\n"}, "https://chromium.googlesource.com/x", "chromium", "Chromium's host"),
        ({"OWNERS": "a@x.y\n"}, "https://android.googlesource.com/x", "gerrit", "a Gerrit host"),
        ({}, "https://gerrit.example.org/x", "gerrit", "files may begin further down"),
        ({"CODEOWNERS": "", "OWNERS": "a@x.y\n"}, "", "github", "CODEOWNERS before OWNERS"),
        ({}, "https://github.com/a/b", "", "no file at all"),
    ],
)
def test_auto_decides(files: Any, remote: Any, dialect: str, why: str) -> None:
    assert detect(reader(files), remote) == dialect, why


@pytest.mark.parametrize(
    ("file", "text", "remote", "dialect"),
    [
        (".gitlab/CODEOWNERS", "", "https://github.com/a/b", "gitlab"),
        ("x/CODEOWNERS", "", "https://gitlab.com/a/b", "gitlab"),
        ("x/CODEOWNERS", "[A]\n", "", "gitlab"),
        ("x/CODEOWNERS", "", "", "github"),
        ("x/OWNERS", "reviewers: []\n", "", "prow"),
        ("SECURITY_OWNERS", "a@b.c\n", "", "gerrit"),
    ],
)
def test_auto_decides_for_a_named_file(file: Any, text: Any, remote: Any, dialect: str) -> None:
    assert detect(reader({file: text}), remote, file) == dialect


@pytest.mark.parametrize(
    ("remote", "dialect"),
    [
        ("https://user:secret@gitlab.example.org:8443/a/github.git", "gitlab"),
        ("git@github.com:gitlab/x.git", "github"),
        ("ssh://git@git.example.org/gitlab", ""),
        ("/srv/git/github.git", ""),
        ("", ""),
    ],
)
def test_only_the_host_of_a_remote_counts(remote: Any, dialect: str) -> None:
    assert dialect_of_host(remote) == dialect


def test_any_number_of_imports_counts_and_a_deep_chain_ends() -> None:
    many = {"OWNERS": "".join(f"file:/d{n}/OWNERS\n" for n in range(200))}
    many.update({f"d{n}/OWNERS": f"a{n}@x.y\n" for n in range(200)})
    assert len(load("gerrit", reader(many)).owners_of("x").owners) == 200
    chain = {"OWNERS": "file:/d0/OWNERS\n"}
    chain.update({f"d{n}/OWNERS": f"a{n}@x.y\nfile:/d{n + 1}/OWNERS\n" for n in range(3000)})
    assert load("gerrit", reader(chain)).owners_of("x").owners[:3] == ("a0@x.y", "a1@x.y", "a2@x.y")


def test_per_directory_files_are_read_when_needed_and_once() -> None:
    log: list[str] = []
    files = {"OWNERS": "approvers: [a]\n", "d/OWNERS": "approvers: [b]\n", "e/OWNERS": "approvers: [c]\n"}
    ownership = load("prow", reader(files, log))
    assert log == []
    for _ in range(3):
        ownership.owners_of("d/x")
        ownership.owners_of("d/y")
    assert sorted(log) == ["OWNERS", "OWNERS_ALIASES", "d/OWNERS"]
    assert ownership.files == ("OWNERS", "d/OWNERS")


@pytest.mark.parametrize("dialect", ["github", "gitlab", "bitbucket", "chromium"])
def test_the_hook_path_imports_nothing_heavy(dialect: str) -> None:
    """Hooks are processes of milliseconds: no regular expressions, no typing, no data classes."""
    code = (
        f"import sys\nsys.path.insert(0, {SOURCES!r})\nbefore = set(sys.modules)\n"
        "from pytest_syncpoints.owners import load\n"
        f"load({dialect!r}, lambda path: b'* @a\\n*.py a@b.c\\n').owners_of('x/y.py')\n"
        "print(' '.join(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded <= {"pytest_syncpoints", "__future__", "_collections", "bisect", "_bisect"}
