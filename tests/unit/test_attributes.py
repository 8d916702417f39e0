"""Generated and vendored paths are those that ``git check-attr`` names in a checked-out tree."""

from __future__ import annotations

import shutil
import subprocess

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.project import Project

from pytest_syncpoints.gather.attributes import GENERATED, generated_paths

NAMES = ("a", "b", "ab", "a.py", "src", "[ab]", "a b", 'q"')
paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join)
PIECES = ("a", "b", "*", "**", "***", "?", "*.py", "a*", "src", "\\a", "\\[ab\\]", "a\\*")
bodies = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("/".join)
patterns = st.builds("{}{}{}".format, st.sampled_from(["", "", "/"]), bodies, st.sampled_from(["", "", "/"]))
quoted = st.sampled_from(['"a b"', '"a\\040b"', '"q\\""', '"*"', '"\\141"'])
states = st.sampled_from(
    ["{}", "-{}", "!{}", "{}=true", "{}=false", "{}=0", "{}=", "{}=set", "{}=FALSE", "{} -text", "text"]
)
attributes = st.builds(str.format, states, st.sampled_from(GENERATED))
odd = st.sampled_from(
    [
        "# note",
        "",
        "  ",
        "*",
        "!a linguist-generated",
        "[attr]mine linguist-generated",
        "* mine",
        "* -mine",
        "a mine -linguist-generated",
        "a binary",
    ]
)
lines = st.builds("{}{} {}".format, st.sampled_from(["", " ", "\t"]), patterns | quoted, attributes) | odd
files = st.lists(lines, max_size=5).map("\n".join)
trees = st.dictionaries(st.sampled_from(["", "a/", "src/", "a/b/"]), files, max_size=3)


def by_git(project: Project, tree: dict[str, str], asked: list[str]) -> set[str]:
    """Check the attribute files out and ask git about the paths."""
    for name in ("a", "src"):
        shutil.rmtree(project.path / name, ignore_errors=True)
    (project.path / ".gitattributes").unlink(missing_ok=True)
    project.write({f"{folder}.gitattributes": content for folder, content in tree.items()})
    command = ["git", "check-attr", "-z", "--stdin", *GENERATED]
    stdin = "\0".join(asked).encode() + b"\0"
    done = subprocess.run(command, cwd=project.path, input=stdin, capture_output=True, check=True)
    fields = done.stdout.decode().split("\0")
    rows = zip(fields[::3], fields[2::3], strict=False)
    return {path for path, value in rows if value not in ("unset", "unspecified", "false", "0")}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=trees, asked=st.lists(paths, min_size=1, max_size=8, unique=True))
@example(tree={"": "* mine\n[attr]mine linguist-vendored\n[attr]more mine\nb more -mine"}, asked=["a", "b"])
@example(tree={"": "a linguist-generated -x=y\nb linguist-generated --x"}, asked=["a", "b"])
@example(tree={"": "* mine", "a/": "[attr]mine linguist-vendored\n* mine"}, asked=["a/b"])
@example(tree={"": "a linguist-generated " + "x" * 2100 + "\nb linguist-generated"}, asked=["a", "b"])
@example(tree={"": '"a b" linguist-generated'}, asked=["a b", "a"])
@example(tree={"": "[attr]mine linguist-vendored\na mine"}, asked=["a", "b"])
@example(tree={"": "* linguist-generated", "a/": "* !linguist-generated"}, asked=["a/b", "b"])
@example(tree={"": "a/** linguist-generated"}, asked=["a", "a/b"])
@example(tree={"": "a/ linguist-generated"}, asked=["a", "a/b"])
def test_generated_paths_are_those_git_names(project: Project, tree: dict[str, str], asked: list[str]) -> None:
    read = {f"{folder}.gitattributes": content.encode() for folder, content in tree.items()}.get
    assert set(generated_paths(asked, read)) == by_git(project, tree, asked)


def test_a_line_with_a_character_class_says_nothing() -> None:
    """What cannot be told is counted, never left out."""
    assert not generated_paths(["a", "[ab]"], lambda _: b"[ab] linguist-generated\n")


def test_each_attribute_file_is_read_once() -> None:
    asked: list[str] = []

    def read(path: str) -> bytes:
        asked.append(path)
        return b"*.min.js linguist-vendored\n"

    found = generated_paths(["src/a.min.js", "src/b.min.js", "src/c.js"], read)
    assert found == {"src/a.min.js", "src/b.min.js"}
    assert asked == [".gitattributes", "src/.gitattributes"]


def test_an_oversized_attribute_file_says_nothing() -> None:
    assert not generated_paths(["a"], lambda _: b"* linguist-generated\n" + b"#" * (1 << 20))


@given(st.binary(max_size=300))
def test_any_bytes_are_an_attribute_file(content: bytes) -> None:
    assert generated_paths(["src/a"], lambda _: content) <= {"src/a"}
