"""The history index: what it knows, and that nothing done to it or to the repository makes it say anything else."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.project import Project

from pytest_syncpoints.gather.git import Discovery, resolve
from pytest_syncpoints.gather.history import History, open_history
from pytest_syncpoints.gather.history.schema import TABLES, database_path

UPDATE = """
from pytest_syncpoints.gather.git import Discovery, resolve
from pytest_syncpoints.gather.history import open_history
repository = Discovery().repository()
with open_history(repository) as history:
    history.update([resolve(repository, "HEAD")])
    history.count_lines()
"""


def lives_in_memory(history: History) -> bool:
    """Say whether SQLite keeps the index in no file."""
    return [file for _, _, file in history.database.execute("PRAGMA database_list")] == [""]


def opened(*revisions: str) -> History:
    """Return the index of the repository in the current directory, up to date with these revisions, lines counted."""
    repository = Discovery().repository()
    history = open_history(repository)
    history.update([resolve(repository, revision) for revision in revisions or ("HEAD",)])
    history.count_lines()
    return history


def content(history: History) -> dict[str, Any]:
    """Return everything an index says, without the numbers it uses inside."""
    commits = list(history.commits_since(0))
    lines = history.database.execute("SELECT sha FROM commits WHERE line = 1 ORDER BY sha").fetchall()
    return {
        "commits": sorted(commits),
        "files": {commit.sha: history.files(commit.sha) for commit in commits},
        "line": lines,
        "waiting": history.uncounted(),
    }


def fresh_content(*revisions: str) -> dict[str, Any]:
    """Return what an index says that is made from nothing."""
    shutil.rmtree(".git/syncpoints", ignore_errors=True)
    with opened(*revisions) as history:
        return content(history)


def branched(project: Project) -> Project:
    """Return a project with a merge, a rename, a binary file and a deletion."""
    project.commit({"a.py": "1\n2\n3\n4\n5\n", "logo": b"\0\1"}, "Start")
    project.branch("side").commit_as("bob@example.org", {"b.py": "x\n"}, "Fix the b\n\nAcked-by: Carol <c@example.org>")
    project.git("switch", "-q", "main")
    project.commit({"a.py": None, "c.py": "1\n2\n3\n4\n5\n6\n", "logo": b"\0\2"}, "Rename a")
    project.git("merge", "-q", "--no-ff", "-m", "Merge side", "side")
    return project


def test_a_commit_is_known_with_its_people_dates_parents_trailers_and_marks(project: Project) -> None:
    branched(project)
    with opened() as history:
        bob = history.commit(project.git("rev-parse", "side"))
        merge = history.commit(project.git("rev-parse", "HEAD"))
    assert bob is not None
    assert merge is not None
    assert (bob.author.email, bob.committer.email) == ("bob@example.org", "alice@example.org")
    assert (bob.subject, bob.trailers, bob.fix) == ("Fix the b", (("Acked-by", "Carol <c@example.org>"),), True)
    assert bob.authored_at == 1767607200
    assert merge.other_parents == (bob.sha,)
    assert merge.first_parent == project.git("rev-parse", "HEAD^1")


def test_files_carry_status_old_path_and_lines_and_a_merge_those_of_its_side(project: Project) -> None:
    branched(project)
    with opened() as history:
        renaming = history.files(project.git("rev-parse", "HEAD^1"))
        merged = history.files(project.git("rev-parse", "HEAD"))
    assert list(map(tuple, renaming)) == [("c.py", "R", "a.py", 1, 0), ("logo", "M", None, None, None)]
    assert [(file.path, file.status) for file in merged] == [("b.py", "A")]


def test_identities_are_stored_as_commits_state_them_whatever_the_mailmap_says(project: Project) -> None:
    branched(project)
    project.commit({".mailmap": "Robert <robert@example.org> <bob@example.org>\n"}, "Join Bob")
    with opened() as history:
        (found,) = (commit for commit in history.commits_since(0) if commit.subject == "Fix the b")
    assert (found.author.name, found.author.email) == ("Bob", "bob@example.org")


def test_nothing_new_adds_nothing(project: Project) -> None:
    branched(project)
    repository = Discovery().repository()
    with opened() as history:
        assert history.update([resolve(repository, "HEAD"), resolve(repository, "HEAD~1")]) == 0


def test_an_index_brought_up_to_date_step_by_step_equals_a_fresh_one(project: Project) -> None:
    branched(project)
    for step in range(6):
        if step == 3:
            project.branch("other", "side").commit({"d.py": f"{step}\n"}, "On the other side")
            project.git("merge", "-q", "--no-ff", "-m", "Merge main into other", "main")
        project.commit({f"f{step % 2}.py": f"{step}\n"}, f"Step {step}")
        opened().close()
    project.git("switch", "-q", "main")
    project.git("merge", "-q", "--no-ff", "-m", "Merge other", "other")
    with opened("main", "other") as history:
        grown = content(history)
    assert grown == fresh_content("main", "other")


def test_rewritten_history_only_leaves_rows_nobody_reaches(project: Project) -> None:
    project.commit({"a": "1\n"})
    project.commit({"a": "2\n"}, "Soon gone")
    opened().close()
    project.git("reset", "-q", "--hard", "HEAD~1")
    project.git("reflog", "expire", "--expire=now", "--all")
    project.git("gc", "-q", "--prune=now")
    head = project.commit({"a": "3\n"}, "Instead")
    with opened() as history:
        assert [commit.subject for commit in history.line(head)] == ["Instead", "A change"]


def test_worktrees_share_one_index(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.commit({"a": "1\n"})
    opened().close()
    project.git("worktree", "add", "-q", "../other")
    monkeypatch.chdir(project.path.parent / "other")
    repository = Discovery().repository()
    with open_history(repository) as history:
        assert history.has(resolve(repository, "HEAD"))


def test_a_shallow_clone_says_so_and_is_read_anew_once_it_is_deeper(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in range(4):
        project.commit({"a": f"{step}\n"}, f"Step {step}")
    project.git("clone", "-q", "--depth", "2", f"file://{project.path}", "../clone")
    clone = Project.at(project.path.parent / "clone")
    monkeypatch.chdir(clone.path)
    with opened() as history:
        assert len(list(history.commits_since(0))) == 2
        assert any("shallow" in words for words in history.missing)
    clone.git("fetch", "-q", "--unshallow")
    with opened() as history:
        assert len(list(history.commits_since(0))) == 4
        assert history.missing == ()


def test_a_clone_without_blobs_knows_paths_and_says_that_lines_are_missing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.git("config", "uploadpack.allowFilter", "true")
    project.commit({"a.py": "1\n2\n3\n"})
    project.commit({"a.py": None, "b.py": "1\n2\n3\n4\n"}, "Rename")
    project.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{project.path}", "../clone.git")
    monkeypatch.chdir(project.path.parent / "clone.git")
    monkeypatch.setenv("GIT_DIR", str(project.path.parent / "clone.git"))
    with opened() as history:
        head = resolve(Discovery().repository(), "HEAD")
        assert [file.path for file in history.files(head)] == ["a.py", "b.py"]
        assert any("partial clone" in words for words in history.missing)


def damage_version(path: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 999")


def damage_header(path: str) -> None:
    Path(path).write_bytes(b"this is no database" * 100)


def damage_by_cutting(path: str) -> None:
    os.truncate(path, 0)


@pytest.mark.parametrize("damage", [damage_version, damage_header, damage_by_cutting])
def test_an_index_that_cannot_be_used_is_made_anew(project: Project, damage: Any) -> None:
    branched(project)
    opened().close()
    damage(database_path(Discovery().repository().common_dir))
    with opened() as history:
        found = content(history)
    assert found == fresh_content()


def test_where_nothing_can_be_written_the_index_lives_in_memory(project: Project) -> None:
    branched(project)
    (project.path / ".git/syncpoints").write_text("in the way", encoding="utf-8")
    with opened() as history:
        assert lives_in_memory(history)
        assert len(list(history.commits_since(0))) == 4


def test_an_index_that_cannot_be_written_is_gone_on_with_in_memory(project: Project) -> None:
    branched(project)
    opened().close()
    repository = Discovery().repository()
    known = resolve(repository, "HEAD")
    lock = Path(f"{database_path(repository.common_dir)}.lock")
    lock.unlink()
    lock.mkdir()  # stands in the writer's way, whoever runs this test
    head = project.commit({"a": "2\n"})
    with open_history(repository) as history:
        assert lives_in_memory(history)
        assert history.has(known)
        assert not history.has(head)
        assert history.update([head]) == 1
    with open_history(repository) as history:
        assert not history.has(head)


def test_processes_that_index_at_once_agree(project: Project) -> None:
    branched(project)
    for step in range(30):
        project.commit({"a.txt": f"{step}\n"}, f"Step {step}")
    started = [subprocess.Popen([sys.executable, "-c", UPDATE], cwd=project.path) for _ in range(3)]
    assert [process.wait() for process in started] == [0, 0, 0]
    with opened() as history:
        found = content(history)
    assert found == fresh_content()


def test_a_process_killed_at_any_moment_leaves_an_index_that_opens_and_can_be_finished(project: Project) -> None:
    branched(project)
    for step in range(20):
        project.commit({"a.txt": f"{step}\n"}, f"Step {step}")
    for hundredths in range(2, 22, 2):
        process = subprocess.Popen([sys.executable, "-c", UPDATE], cwd=project.path)
        time.sleep(hundredths / 100)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with opened() as history:
        found = content(history)
    assert found == fresh_content()


def test_paths_and_names_are_kept_byte_by_byte(project: Project) -> None:
    name = os.fsdecode(b"caf\xe9 \xff\n.py")
    project.commit({name: "1\n"}, "Odd")
    with opened() as history:
        (file,) = history.files(project.git("rev-parse", "HEAD"))
        assert file.path == name
        assert [commit.subject for commit in history.touching(name)] == ["Odd"]


def test_attributes_of_the_tree_cannot_hide_lines(project: Project) -> None:
    project.commit({".gitattributes": "*.py -diff\n", "a.py": "1\n2\n"})
    with opened() as history:
        found = {file.path: file.added for file in history.files(project.git("rev-parse", "HEAD"))}
    assert found == {".gitattributes": 1, "a.py": 2}


def test_the_tables_are_those_the_documentation_describes() -> None:
    told = (Path(__file__).parents[2] / "docs/history.md").read_text(encoding="utf-8")
    tables = [line.split()[2] for line in TABLES.splitlines() if line.startswith("CREATE TABLE")]
    assert [name for name in tables if f"`{name}`" not in told] == []
