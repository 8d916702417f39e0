"""What git says changed is what we say changed: every kind of entry, every name, every range."""

from __future__ import annotations

import hashlib
import os
import random
import runpy
from pathlib import Path

import pytest
from tests.project import Project

from pytest_syncpoints.change import FileChange
from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.gather.base import detect_base
from pytest_syncpoints.gather.changes import Reading
from pytest_syncpoints.gather.git import Discovery, resolve, resolve_quietly
from pytest_syncpoints.gather.ranges import (
    Range,
    base_range,
    commit_range,
    named_base,
    refs_range,
    staged_range,
    worktree_range,
    worktree_since,
)

ODD_NAMES = [
    b":z",
    b"a\n: x",
    b"lat\xe9.py",
    b'"quoted".py',
    b"back\\slash",
    b" leading and trailing ",
    b"tab\tin.py",
    b"-option",
    b"--output=pwn",
    b":(top)x",
    b"*.py",
    b"new\nline\ndiff --git a/x b/x",
    b"\x01\x02\x7f",
    "nä-日本-\u202e".encode(),
    b"@@ -1 +1 @@",
    b"sub/dir\n/\xff\xfe",
]


def files(project: Project, chosen: Range) -> dict[str, FileChange]:
    repository = Discovery(str(project.path)).repository()
    return {file.path: file for file in Reading(repository, chosen).files()}


def staged(project: Project) -> dict[str, FileChange]:
    repository = Discovery(str(project.path)).repository()
    return files(project, staged_range(repository, resolve_quietly(repository, "HEAD")))


def on_disk(project: Project) -> dict[str, FileChange]:
    repository = Discovery(str(project.path)).repository()
    return files(project, worktree_range(resolve_quietly(repository, "HEAD")))


def one_commit(project: Project, revision: str = "HEAD") -> dict[str, FileChange]:
    return files(project, commit_range(Discovery(str(project.path)).repository(), revision))


def test_odd_names_are_lossless_in_a_commit_and_in_the_index(project: Project) -> None:
    project.commit({os.fsdecode(name): b"one\n" for name in ODD_NAMES}, "odd")
    assert sorted(os.fsencode(path) for path in one_commit(project)) == sorted(ODD_NAMES)
    project.stage({os.fsdecode(name): b"two\n" for name in ODD_NAMES})
    found = staged(project)
    assert sorted(os.fsencode(path) for path in found) == sorted(ODD_NAMES)
    assert all((file.added, file.deleted) == (1, 1) for file in found.values())


def test_odd_names_are_lossless_in_the_worktree(project: Project) -> None:
    project.commit({"a": "x\n"})
    project.write({os.fsdecode(name): b"one\n" for name in ODD_NAMES})
    assert sorted(os.fsencode(path) for path in on_disk(project)) == sorted(ODD_NAMES)


def test_hunks_hold_exact_lines_and_a_missing_final_newline(project: Project) -> None:
    project.commit({"f": b"one\ntwo\nthree"})
    project.stage({"f": b"one\nTWO\r\nthree\n"})
    (hunk,) = staged(project)["f"].hunks
    assert (hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines) == (2, 2, 2, 2)
    assert hunk.removed == (b"two\n", b"three")
    assert hunk.added == (b"TWO\r\n", b"three\n")


def block(source: random.Random, name: str, count: int) -> list[str]:
    """Return lines of which some are everywhere and the others nowhere else."""
    common = ("", "    }", "    return")
    return [source.choice(common) if source.random() < 0.3 else f"    {name} = {line}" for line in range(count)]


def test_lines_are_counted_as_git_counts_them_for_everybody(project: Project) -> None:
    """git without context compares other lines than git with context where two files end alike for over 1,024 bytes."""
    source = random.Random(2)
    ends = {f"f{n}": "\n".join(line for i in range(20) for line in block(source, f"end{i}", 10)) for n in range(30)}
    project.commit({name: "\n".join(block(source, "old", 40)) + end for name, end in ends.items()})
    project.commit({name: "\n".join(block(source, "new", 40)) + end for name, end in ends.items()})
    lines = project.git("diff", "--numstat", "HEAD~", "HEAD").splitlines()
    counted = {name: (int(added), int(deleted)) for added, deleted, name in (line.split("\t") for line in lines)}
    found = one_commit(project)
    assert {path: (file.added, file.deleted) for path, file in found.items()} == counted
    for file in found.values():
        for hunk in file.hunks:
            assert (hunk.old_lines, hunk.new_lines) == (len(hunk.removed), len(hunk.added))


def test_hunks_without_context_rebuild_the_new_file(project: Project) -> None:
    """What lies between hunks is the same on both sides, and positions are those of a diff without context."""
    source = random.Random(3)
    old = [f"{source.randrange(40)}\n".encode() for _ in range(400)]
    new = [line for line in old if source.random() < 0.9]
    for _ in range(40):
        new.insert(source.randrange(len(new)), b"in between\n")
    project.commit({"f": b"".join(old)})
    project.stage({"f": b"".join(new)})
    rebuilt, at = [], 0
    for hunk in staged(project)["f"].hunks:
        start = hunk.old_start - 1 if hunk.removed else hunk.old_start
        rebuilt += old[at:start]
        assert len(rebuilt) == (hunk.new_start - 1 if hunk.added else hunk.new_start)
        assert tuple(old[start : start + hunk.old_lines]) == hunk.removed
        rebuilt += hunk.added
        at = start + hunk.old_lines
    assert rebuilt + old[at:] == new


def test_random_names_are_read_back_without_one_mismatch(project: Project) -> None:
    """A small share of benchmarks/names, which reads a million."""
    fuzz = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "names" / "fuzz_names.py"))
    source = random.Random(20)
    blob = project.git("hash-object", "-w", "--stdin", stdin=b"x\n").encode()
    repository = Discovery(str(project.path)).repository()
    for _ in range(4):
        names = fuzz["random_names"](source, 500)
        assert fuzz["mismatches"](repository, fuzz["write_tree"](names, blob), names) == 0


def test_a_policy_that_cannot_be_read_leaves_nothing_in_the_temporary_folder(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    project.commit({"syncpoints.toml": "[chnage]\n"})
    project.stage({"a": "1\n"})
    assert project.run("check", "--staged").code == 2
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_temporary_folder_that_is_not_there_is_passed_over(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "gone"))
    project.stage({"a": "1\n"})
    assert project.run("check", "--staged").code == 0
    monkeypatch.setattr("pytest_syncpoints.gather.git._TEMPORARY", ())
    outcome = project.run("check", "--staged")
    assert (outcome.code, outcome.err.splitlines()[0]) == (3, "syncpoints: no temporary folder can be written")
    assert "set TMPDIR to a folder" in outcome.err


def test_a_bare_repository_is_read_where_it_is_named(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    sha = project.commit({"a": "1\n"})
    bare = project.path.parent / "bare"
    project.git("clone", "-q", "--bare", ".", str(bare))
    monkeypatch.chdir(bare)
    with pytest.raises(CannotEvaluate) as refused:
        Discovery().repository()
    assert 'export GIT_DIR="$PWD"' in str(refused.value)
    monkeypatch.setenv("GIT_DIR", str(bare))
    repository = Discovery().repository()
    assert [file.path for file in Reading(repository, commit_range(repository, sha)).files()] == ["a"]


def test_content_that_looks_like_a_patch_is_content(project: Project) -> None:
    look = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n+y\n\\ No newline at end of file\n"
    project.commit({"f": look})
    project.stage({"f": b"+" + look + b"\\ No newline\n"})
    file = staged(project)["f"]
    assert (file.added, file.deleted) == (2, 1)


def test_a_binary_is_binary_and_a_text_attribute_of_the_change_cannot_hide_lines(project: Project) -> None:
    project.commit({"x.py": "1\n", "b": b"\0\1"})
    project.stage({".gitattributes": "*.py -diff\nb diff\n", "x.py": "2\n3\n", "b": b"\0\2"})
    found = staged(project)
    assert (found["x.py"].added, found["x.py"].deleted, found["x.py"].binary) == (2, 1, False)
    assert (found["b"].binary, found["b"].added) == (True, 0)


def test_attributes_and_configuration_change_nothing_in_a_commit_either(project: Project) -> None:
    project.commit({"x.py": "1\n"})
    project.commit({".gitattributes": "* -diff\n", "x.py": "2\n"})
    for key, value in {
        "diff.noprefix": "true",
        "diff.renames": "copies",
        "color.ui": "always",
        "diff.algorithm": "patience",
        "diff.relative": "true",
        "diff.orderFile": "nowhere",
        "core.attributesFile": ".gitattributes",
        "diff.external": "touch pwned",
    }.items():
        project.git("config", key, value)
    found = one_commit(project)
    assert list(found) == [".gitattributes", "x.py"]
    assert (found["x.py"].added, found["x.py"].deleted) == (1, 1)
    assert not (project.path / "pwned").exists()


def test_textconv_fsmonitor_and_clean_filters_never_run(project: Project) -> None:
    project.commit({"x.py": "1\n", ".gitattributes": "*.py diff=evil filter=evil\n"})
    for key in (
        "diff.evil.textconv",
        "filter.evil.clean",
        "filter.evil.smudge",
        "core.fsmonitor",
        "filter.evil.process",
    ):
        project.git("config", key, f"sh -c 'touch {project.path}/pwned; cat'")
    project.write({"x.py": "2\n", "y.py": "3\n"})
    found = on_disk(project)
    assert {path: file.hunks[-1].added for path, file in found.items()} == {"x.py": (b"2\n",), "y.py": (b"3\n",)}
    assert staged(project) == {}
    assert not (project.path / "pwned").exists()


def test_an_edit_in_the_moment_of_the_add_is_seen(project: Project) -> None:
    """What is staged has the very stat of what is on disk, and other bytes: only the index's age tells git to look."""
    path, index = project.path / "x.py", project.path / ".git" / "index"
    project.commit({"x.py": "1\n"})
    old = project.git("rev-parse", ":x.py")
    path.write_text("2\n")
    moment = path.stat().st_mtime_ns - 10**11
    os.utime(path, ns=(moment, moment))
    project.git("add", "x.py")
    new = project.git("rev-parse", ":x.py")
    content = index.read_bytes()[:-20].replace(bytes.fromhex(new), bytes.fromhex(old))
    index.write_bytes(content + hashlib.sha1(content).digest())
    os.utime(index, ns=(moment, moment))
    assert on_disk(project)["x.py"].hunks[-1].added == (b"2\n",)


def test_modes_links_and_kinds_of_file(project: Project) -> None:
    project.commit({"run": "x\n", "kind": "text\n"})
    (project.path / "link").symlink_to("target")
    (project.path / "run").chmod(0o755)
    (project.path / "kind").unlink()
    (project.path / "kind").symlink_to("elsewhere")
    project.stage()
    found = staged(project)
    assert (found["link"].status, found["link"].new_mode, found["link"].hunks[0].added) == ("A", "120000", (b"target",))
    assert (found["run"].old_mode, found["run"].new_mode, found["run"].hunks) == ("100644", "100755", ())
    assert (found["kind"].status, found["kind"].deleted, found["kind"].added) == ("T", 1, 1)


def test_a_submodule_is_a_change_even_where_the_change_says_to_ignore_it(project: Project) -> None:
    first, second = "1" * 40, "2" * 40
    project.git("update-index", "--add", "--cacheinfo", f"160000,{first},sub")
    project.write({".gitmodules": '[submodule "sub"]\n path = sub\n url = x\n ignore = all\n'})
    project.git("add", ".gitmodules")
    project.git("commit", "-q", "-m", "sub")
    project.git("update-index", "--cacheinfo", f"160000,{second},sub")
    found = staged(project)
    assert found["sub"].is_gitlink
    assert (found["sub"].old_oid, found["sub"].new_oid) == (first, second)


def test_a_rename_is_two_entries_that_know_each_other(project: Project) -> None:
    text = "".join(f"line {number}\n" for number in range(20))
    project.commit({"old.py": text, "same.py": text + "tail\n", "empty": ""})
    project.write({"old.py": None, "same.py": None, "empty": None})
    project.stage({"new.py": text.replace("line 3", "LINE 3"), "moved.py": text + "tail\n", "void": ""})
    found = staged(project)
    assert {path: file.status for path, file in found.items()} == {
        "empty": "D",
        "moved.py": "A",
        "new.py": "A",
        "old.py": "D",
        "same.py": "D",
        "void": "A",
    }
    assert (found["new.py"].old_path, found["old.py"].renamed_to) == ("old.py", "new.py")
    assert (found["moved.py"].old_path, found["same.py"].renamed_to) == ("same.py", "moved.py")
    assert found["void"].old_path is None


def test_replace_refs_cannot_swap_what_is_compared(project: Project) -> None:
    first = project.commit({"a": "1\n"})
    evil = project.commit({"a": "evil\n"})
    project.git("replace", evil, first)
    assert list(one_commit(project, evil)) == ["a"]


def test_the_first_commit_before_and_after_it_exists(project: Project) -> None:
    project.stage({"a": "1\n"})
    assert list(staged(project)) == ["a"]
    project.commit()
    assert list(one_commit(project)) == ["a"]
    assert staged(project) == {}


def test_the_index_that_git_commit_uses_is_the_one_that_is_read(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.commit({"a": "1\n", "b": "1\n"})
    project.write({"a": "2\n", "b": "2\n"})
    other = project.path / "other-index"
    project.git("read-tree", "HEAD", GIT_INDEX_FILE=str(other))
    project.git("add", "b", GIT_INDEX_FILE=str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", "other-index")
    assert list(staged(project)) == ["b"]


def test_a_linked_worktree_and_a_subfolder(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project.commit({"deep/er/a": "1\n"})
    project.git("worktree", "add", "-q", str(tmp_path / "linked"))
    (tmp_path / "linked" / "deep" / "new").write_text("x\n")
    monkeypatch.chdir(tmp_path / "linked" / "deep" / "er")
    repository = Discovery().repository()
    chosen = worktree_range(resolve_quietly(repository, "HEAD"))
    assert [f.path for f in Reading(repository, chosen).files()] == ["deep/new"]


def test_the_worktree_shows_untracked_deleted_and_ignored_as_git_status_does(project: Project) -> None:
    project.commit({".gitignore": "*.log\n", "gone": "1\n", "kept": "1\n"})
    project.write({"gone": None, "new": "n\n", "x.log": "l\n"})
    (project.path / "link").symlink_to("kept")
    found = on_disk(project)
    assert {path: file.status for path, file in found.items()} == {"gone": "D", "link": "A", "new": "A"}


def test_a_submodule_on_disk_is_read_from_its_own_head(project: Project, tmp_path: Path) -> None:
    inner = Project(tmp_path / "inner")
    first = inner.commit({"a": "1\n"})
    project.commit({"x": "1\n"})
    project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "sub")
    project.commit()
    second = Project.at(project.path / "sub").commit({"a": "2\n"})
    file = on_disk(project)["sub"]
    assert (file.old_oid, file.new_oid) == (first, second)


def test_what_git_cannot_track_is_no_change(project: Project) -> None:
    project.commit({"a": "1\n"})
    (project.path / "fifo").mkdir()
    os.mkfifo(project.path / "fifo" / "pipe")
    assert on_disk(project) == {}, "git does not track pipes"


def test_nothing_is_left_behind_and_the_object_store_is_not_written(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    project.commit({"a": "1\n"})
    before = sorted(str(p) for p in (project.path / ".git").rglob("*"))
    project.write({"a": "2\n", "new": "only on disk\n"})
    assert len(on_disk(project)) == 2
    assert sorted(str(p) for p in (project.path / ".git").rglob("*")) == before
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_branch_is_compared_from_its_merge_base(project: Project) -> None:
    project.commit({"a": "1\n"})
    project.branch("feature").commit({"mine": "1\n"})
    project.git("switch", "-q", "main")
    project.commit({"theirs": "1\n"})
    repository = Discovery(str(project.path)).repository()
    chosen = base_range(repository, named_base(repository, "main"), resolve(repository, "feature"))
    assert list(files(project, chosen)) == ["mine"]
    assert chosen.trust == project.git("rev-parse", "main")


def test_pushed_refs_with_a_zero_or_absent_start(project: Project) -> None:
    project.commit({"a": "1\n"})
    project.branch("feature").commit({"b": "1\n"})
    repository = Discovery(str(project.path)).repository()
    for start in ("0" * 40, None):
        assert list(files(project, refs_range(repository, start, "feature", {}))) == ["b"]
    project.git("branch", "-m", "main", "other")
    assert sorted(files(project, refs_range(repository, None, "feature", {}))) == ["a", "b"]


def test_a_merge_being_committed_counts_only_what_differs_from_every_parent(project: Project) -> None:
    project.commit({"both": "0\n", "a": "0\n", "b": "0\n"})
    project.branch("side").commit({"both": "side\n", "b": "1\n"})
    project.git("switch", "-q", "main")
    project.commit({"both": "main\n", "a": "1\n"})
    with pytest.raises(AssertionError, match="merge"):
        project.git("merge", "side")
    with pytest.raises(CannotEvaluate, match="unmerged"):
        staged(project)
    project.stage({"both": "resolved\n"})
    assert list(staged(project)) == ["both"]


def test_a_criss_cross_history_counts_what_differs_from_any_merge_base(project: Project) -> None:
    project.commit({"x": "0\n"})
    project.branch("other").commit({"o": "1\n"})
    project.git("switch", "-q", "main")
    project.commit({"m": "1\n"})
    main, other = project.git("rev-parse", "main"), project.git("rev-parse", "other")
    project.git("merge", "-q", "--no-edit", other)
    project.git("switch", "-q", "other")
    project.git("merge", "-q", "--no-edit", main)
    project.commit({"o": None})
    repository = Discovery(str(project.path)).repository()
    chosen = base_range(repository, named_base(repository, "main"), resolve(repository, "other"))
    assert len(chosen.lefts) == 2
    assert "o" in files(project, chosen), "a removal that one of the merge bases does not show"


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        pytest.param({"GITHUB_BASE_REF": "release"}, "origin/release", id="a GitHub pull request"),
        pytest.param({"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "release"}, "origin/release", id="a GitLab merge request"),
        pytest.param({"CHANGE_TARGET": "release"}, "origin/release", id="a Jenkins change"),
        pytest.param(
            {"GITHUB_BASE_REF": "--output=pwn"}, "origin/main", id="a branch named like an option is passed over"
        ),
        pytest.param({}, "origin/main", id="no CI: the remote's default branch"),
    ],
)
def test_the_base_is_detected(project: Project, variables: dict[str, str], name: str) -> None:
    sha = project.commit({"a": "1\n"})
    for branch in ("main", "release"):
        project.git("update-ref", f"refs/remotes/origin/{branch}", sha)
    project.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    base = detect_base(Discovery(str(project.path)).repository(), variables)
    assert base is not None
    assert base.name == name


def test_the_pushed_copy_of_a_branch_is_not_its_base(project: Project) -> None:
    sha = project.commit({"a": "1\n"})
    project.branch("feature")
    project.git("config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    project.git("config", "remote.origin.url", ".")
    for branch in ("main", "feature", "release"):
        project.git("update-ref", f"refs/remotes/origin/{branch}", sha)
    project.git("branch", "-q", "--set-upstream-to=origin/feature")
    repository = Discovery(str(project.path)).repository()
    assert getattr(detect_base(repository, {}), "name", None) == "origin/main"
    project.git("branch", "-q", "--set-upstream-to=origin/release")
    assert getattr(detect_base(repository, {}), "name", None) == "origin/release"


def test_local_test_runs_cover_the_branch_and_the_uncommitted_work(project: Project) -> None:
    project.commit({"a": "1\n"})
    project.branch("feature").commit({"b": "1\n"})
    project.write({"c": "1\n"})
    repository = Discovery(str(project.path)).repository()
    base = detect_base(repository, {})
    assert base is not None
    assert list(files(project, worktree_since(repository, base, resolve_quietly(repository, "HEAD")))) == ["b", "c"]


@pytest.mark.parametrize("revision", ["nowhere", "--output=pwn", "-x", "HEAD:a", "@{99}", "a b", "\n", "HEAD\0"])
def test_what_names_no_commit_is_a_usage_error_and_writes_nothing(project: Project, revision: str) -> None:
    project.commit({"a": "1\n"})
    with pytest.raises(UsageError):
        resolve(Discovery(str(project.path)).repository(), revision)
    assert sorted(p.name for p in project.path.iterdir()) == [".git", "a"]
