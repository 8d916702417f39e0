"""What the command says where a repository, a policy or a call is off: the whole message, and what to type next."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.project import Outcome, Project
from tests.signing import POLICY, Story

from pytest_syncpoints.errors import SyncpointsError
from pytest_syncpoints.gather.git import Discovery, resolve
from pytest_syncpoints.gather.notes import repository_id
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.ranges import merge_bases
from pytest_syncpoints.gather.recording import add_empty_commit
from syncpoints_hooks.server.install import USAGE, install
from syncpoints_hooks.server.pre_receive import _judge
from syncpoints_hooks.server.updates import Settings, Update, _usual

OPS = """[teams.ops]
members = ["bob@example.org"]
[teams.dev]
members = ["dan@example.org"]
"""
TWO = OPS + (
    '[syncpoints.x]\npaths = ["a"]\naccept = ["trailer"]\nparticipants = ['
    '{ team = "ops", purpose = "permission" }, { team = "dev", purpose = "permission" }]\n'
)
READS = OPS + '[syncpoints.x]\npaths = ["a"]\nparticipants = [{ team = "ops", purpose = "awareness" }]\n'


def assert_says(outcome: Outcome, code: int, said: str) -> None:
    assert (outcome.code, outcome.err.startswith(f"syncpoints: {said}")) == (code, True), outcome
    assert outcome.err.count("\n") <= 3, outcome


@pytest.fixture
def two(project: Project) -> Project:
    """A branch that changes what two teams meet over."""
    project.commit({"syncpoints.toml": TWO, "a": "1\n", "b": "1\n"})
    project.branch("feature").commit({"a": "2\n"})
    return project


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["chekc"], "there is no command 'chekc'\n  did you mean 'check'?"),
        (["risk", "--range", "main...HEAD"], "--range takes A..B, with two dots\n  "),
        (["drift", "--team", "opps"], "no sync point has a participant 'opps'\n  teams that meet: ops, dev\n"),
        (
            ["check", "--staged", "--base", "main"],
            "--staged and --base name different changes\n  keep one, for example",
        ),
        (["check", "--as-if", "moon=full"], "--as-if does not know 'moon=full'\n  one of: "),
        (
            ["check", "--base", "main", "--as-if", "signed:sec=a@b.c"],
            "no touched sync point needs 'sec'\n  teams that meet",
        ),
        (["signoff", "x", "--staged"], "a sign-off is for what is committed\n  "),
        (["signoff", "x", "--waive", ""], "a waiver needs a reason, on one line: it stays on record\n  "),
        (["signoff", "y", "--base", "main"], "no sync point is called 'y'\n  there are: x\n"),
        (["signoff", "x", "--base", "main"], "x has several teams you could sign for\n  --team ops or --team dev\n"),
        (["signoff", "x", "--base", "main", "--team", "ip"], "x asks no team 'ip' to sign\n  there are: ops, dev\n"),
        (
            ["signoff", "machine", "--team", "ops"],
            "who answers for machine-written lines does so in person, and nobody waives it\n  syncpoints",
        ),
    ],
    ids=lambda value: value.partition("\n")[0] if isinstance(value, str) else "",
)
def test_a_call_that_does_not_fit(two: Project, words: list[str], said: str) -> None:
    assert_says(two.run(*words), 2, said)


class TestSigning:
    def test_what_the_change_does_not_touch(self, two: Project) -> None:
        two.git("switch", "-q", "-c", "other", "main")
        two.commit({"b": "2\n"})
        said = "this change does not touch x (against main)\n  sync points it touches: none\n"
        assert_says(two.run("signoff", "x", "--base", "main"), 1, said)

    def test_without_a_policy(self, project: Project) -> None:
        project.commit({"a": "1\n"})
        project.branch("feature").commit({"a": "2\n"})
        said = "there is no policy here: owners approve on the host, and nothing else counts\n  syncpoints init\n"
        assert_says(project.run("signoff", "x", "--base", "main"), 1, said)

    def test_where_all_only_read(self, project: Project) -> None:
        project.commit({"syncpoints.toml": READS, "a": "1\n"})
        project.branch("feature").commit({"a": "2\n"})
        said = "nobody has to sign x: its participants only read\n  nothing to do: the report tells them\n"
        assert_says(project.run("signoff", "x", "--base", "main"), 1, said)

    @pytest.mark.parametrize("scope", ["x", "machine"])
    def test_a_trailer_for_a_commit_that_is_not_checked_out(self, two: Project, scope: str) -> None:
        two.commit({"a": "3\n"}, "Change\n\nAssisted-by: Helper:4\n")
        two.git("switch", "-q", "main")
        team = ["--team", "ops"] if scope == "x" else []
        ran = two.run("signoff", scope, *team, "--base", "main", "--head", "feature")
        assert_says(ran, 2, "a trailer goes into a commit on top, and HEAD is elsewhere\n  git switch BRANCH")

    def test_a_name_no_trailer_can_carry(self, two: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GIT_AUTHOR_NAME", "Bob # the builder")
        monkeypatch.setenv("GIT_AUTHOR_EMAIL", "bob@example.org")
        ran = two.run("signoff", "x", "--team", "ops", "--base", "main")
        assert ran.code == 2, ran
        assert "> # x/ops sha256:" in ran.err
        assert "' cannot be said in a trailer\n  git config user.name NAME, without < > #\n" in ran.err

    def test_somebody_git_does_not_know(self, two: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
            monkeypatch.delenv(name)
        two.git("config", "user.useConfigOnly", "true")
        said = "git does not know who you are\n  git config user.name NAME; git config user.email MAIL\n"
        assert_says(two.run("signoff", "x", "--team", "ops", "--base", "main"), 3, said)

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            (
                '"trailer", ',
                "",
                "git has no key to sign with here\n  git config gpg.format ssh; git config user.signingkey",
            ),
            (
                '[signers]\nfile = ".syncpoints/allowed_signers"\n',
                "",
                "the policy has no [signers], so nobody could verify a signature\n  approve it on the host\n",
            ),
            (
                '"trailer", "review", "signature"',
                '"review"',
                "ledger-ops accepts reviews only\n  approve it on the host\n",
            ),
        ],
        ids=["no key", "no signers", "reviews only"],
    )
    def test_no_way_to_sign(self, story: Story, old: str, new: str, said: str) -> None:
        assert old in POLICY
        story.on_main({"syncpoints.toml": POLICY.replace('"trailer", ', "").replace(old, new)})
        if said.startswith("ledger-ops"):
            story.on_main({"syncpoints.toml": POLICY.replace(old, new)})
        assert_says(story.project.run("signoff", "ledger-ops", "--base", "main"), 1, said)

    def test_keys_that_cannot_sign(self, story: Story) -> None:
        def signed() -> Outcome:
            return story.project.run("signoff", "ledger-ops", "--base", "main")

        git = story.project.git
        git("config", "user.signingkey", "mine")
        git("config", "gpg.format", "x509")
        assert_says(
            signed(), 2, "gpg.format = 'x509' is not supported here\n  git config gpg.format ssh (or openpgp)\n"
        )
        git("config", "gpg.format", "ssh")
        git("config", "gpg.ssh.program", "no-such-program")
        assert_says(
            signed(), 3, "no-such-program was not found on PATH, and git signs with it\n  git config gpg.ssh.prog"
        )

    def test_a_key_nobody_listed(self, story: Story) -> None:
        story.sign_as("eve")
        said = "this signature would not count: "
        ran = story.project.run("signoff", "ledger-ops", "--base", "main")
        assert_says(ran, 1, said)
        assert ran.err.endswith("\n  [signers] of the target's tip must list your key\n")

    def test_a_repository_somebody_else_writes_to(self, two: Project) -> None:
        (two.path / ".git/refs/heads/feature.lock").write_text("")
        head = two.git("rev-parse", "HEAD")
        with pytest.raises(SyncpointsError, match="the sign-off was not written: ") as caught:
            add_empty_commit(Discovery(str(two.path)).repository(), head, "Sign\n")
        assert caught.value.remedy == "git status"


class TestBareRepositories:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--staged"], "a bare repository has no index\n  name a range: --base REV --head REV\n"),
            (["--worktree"], "a bare repository has no worktree\n  name a range: --base REV --head REV\n"),
            (["--commit", "HEAD", "--fix"], "a bare repository has no files to mend\n  run it in a worktree\n"),
        ],
        ids=["no index", "no worktree", "no files"],
    )
    def test_what_they_lack(
        self, project: Project, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
    ) -> None:
        project.commit({"a": "1\n"})
        bare = project.path.parent / "bare"
        project.git("clone", "-q", "--bare", str(project.path), str(bare))
        monkeypatch.chdir(bare)
        monkeypatch.setenv("GIT_DIR", str(bare))
        if words == ["--worktree"]:
            monkeypatch.setenv("GIT_INDEX_FILE", str(bare / "index"))
        assert_says(project.run("check", *words), 3, said)


class TestBases:
    def test_none_can_be_detected(self, project: Project) -> None:
        project.commit({"a": "1\n"})
        project.git("branch", "-q", "-m", "odd")
        said = "no base to compare with could be detected\n  name one: --base REV, or --commit REV\n"
        assert_says(project.run("check"), 3, said)
        said = "no target branch could be detected\n  git remote set-head origin --auto\n"
        assert_says(project.run("collisions"), 3, said)

    def test_no_policy_where_one_is_required(self, project: Project) -> None:
        project.commit({"a": "1\n"})
        said = "no policy at the target's tip, and --require-policy\n  syncpoints init --write, then land it\n"
        assert_says(project.run("check", "--commit", "HEAD", "--require-policy"), 2, said)

    def test_a_policy_that_is_no_file(self, project: Project) -> None:
        (project.path / "syncpoints.toml").symlink_to("elsewhere.toml")
        project.commit({"a": "1\n"})
        project.branch("feature").commit({"a": "2\n"})
        said = "syncpoints.toml is a symbolic link, expected a file\n  git rm -r syncpoints.toml, and write"
        assert_says(project.run("check", "--base", "main"), 2, said)

    def test_a_shallow_clone(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        project.commit({"a": "1\n"})
        project.branch("feature").commit({"b": "1\n"})
        project.git("switch", "-q", "main")
        project.commit({"c": "1\n"})
        clone = project.path.parent / "clone"
        words = ["--depth=1", "--no-single-branch", f"file://{project.path}", str(clone)]
        subprocess.run(["git", "clone", "-q", *words], check=True, capture_output=True)
        monkeypatch.chdir(clone)
        head, base = (project.git("rev-parse", name) for name in ("feature", "main"))
        said = f"this clone is shallow: the merge base of {base[:12]} and {head[:12]} is not in it\n  git fetch"
        assert_says(project.run("check", "--base", base, "--head", head), 3, said)
        said = f"the parent of {base[:12]} is not in this shallow clone\n  git fetch --unshallow\n"
        assert_says(project.run("check", "--commit", base), 3, said)
        with pytest.raises(SyncpointsError) as caught:
            repository_id(Discovery(str(clone)).repository(), base)
        assert str(caught.value) == (
            "signed notes name the repository's first commit, which this shallow clone lacks\n  git fetch --unshallow"
        )


class TestDamage:
    """Repositories that lost something."""

    def test_what_is_not_there(self, project: Project) -> None:
        sha = project.commit({"a": "1\n"})
        repository = Discovery(str(project.path)).repository()
        gone = "1" * len(sha)
        with Objects(repository) as objects:
            for ask, said in (
                (objects.blob, "the object {} is missing here"),
                (objects.tree, "the tree of {} is missing here"),
            ):
                with pytest.raises(SyncpointsError) as caught:
                    ask(gone)
                assert str(caught.value) == f"{said.format(gone)}\n  git fetch --refetch --no-filter origin"
        with pytest.raises(SyncpointsError, match="git merge-base failed: "):
            merge_bases(repository, gone, sha)
        with pytest.raises(SyncpointsError, match="the repository's first commit cannot be read"):
            repository_id(repository, gone)
        with pytest.raises(SyncpointsError, match="a revision cannot contain a NUL byte"):
            resolve(repository, "main\0")

    def test_an_object_that_is_damaged(self, project: Project) -> None:
        project.commit({"a": "1\n"})
        oid = project.git("rev-parse", "HEAD:a")
        path = project.path / ".git/objects" / oid[:2] / oid[2:]
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-6])
        repository = Discovery(str(project.path)).repository()
        with Objects(repository) as objects, pytest.raises(SyncpointsError) as caught:
            objects.blob(oid)
        assert str(caught.value).partition("\n")[0] in (
            "an object is missing or damaged here: git cat-file ended early",
            f"the object {oid} is missing here",
        )
        assert caught.value.remedy.startswith("git fetch --refetch")

    def test_a_worktree_with_what_git_cannot_add(self, project: Project) -> None:
        project.commit({"a": "1\n"})
        (project.path / "a").unlink()
        os.mkfifo(project.path / "a")
        ran = project.run("check", "--worktree")
        assert_says(ran, 3, "the worktree cannot be read: ")
        assert ran.err.endswith("\n  git status\n")

    def test_an_index_that_was_never_merged(self, project: Project) -> None:
        project.commit({"a": "0\n"})
        project.branch("side").commit({"a": "1\n"})
        project.git("switch", "-q", "main")
        project.commit({"a": "2\n"})
        subprocess.run(["git", "merge", "-q", "side"], cwd=project.path, capture_output=True, check=False)
        said = "the index has unmerged paths\n  resolve them, then: git add <path>\n"
        assert_says(project.run("check", "--worktree"), 3, said)


class TestServer:
    """The hook of a server: what it says to whoever pushes, and to its administrator."""

    def says(self, action: Callable[[], object]) -> str:
        with pytest.raises(SyncpointsError) as caught:
            action()
        return str(caught.value)

    def test_pushes_that_a_guarded_branch_does_not_take(self, project: Project) -> None:
        sha = project.commit({"a": "1\n"})
        repository, settings = Discovery(str(project.path)).repository(), Settings(("refs/heads/main",))
        tree = project.git("rev-parse", "HEAD^{tree}")

        def judged(old: str | None, new: str | None, ref: str = "refs/heads/main") -> str:
            return self.says(lambda: _judge(repository, Update(old, new, ref), settings, None))

        said = judged(sha, None)
        assert said == "it is guarded, and no push can delete it\n  on the server: git update-ref -d refs/heads/main"
        said = judged(None, tree, "refs/tags/v1")
        assert said == "it is guarded, and this push would have it name no commit\n  tag a commit"
        assert judged(sha, "1" * 40).startswith("its history cannot be read: ")

    def test_a_server_that_is_not_set_up(self, project: Project, tmp_path: Path) -> None:
        project.git("update-ref", "--no-deref", "HEAD", project.commit({"a": "1\n"}))
        (project.path / ".git/HEAD").write_text(project.git("rev-parse", "HEAD") + "\n")
        repository = Discovery(str(project.path)).repository()
        assert self.says(lambda: _usual(repository)).startswith(
            "this server's repository has no default branch, so nothing says what is guarded\n  its administrator: git"
        )
        assert self.says(lambda: install(str(tmp_path / "gone"), "x")).endswith(f"gone is no folder\n  {USAGE}")
        said = self.says(lambda: install(str(tmp_path), "x"))
        assert said == "the installed program is needed here, not its module\n  pip install pytest-syncpoints"


def test_two_documents_for_one_stream(project: Project) -> None:
    ran = project.run("calibrate", "--format", "html", "-o", "-")
    assert_says(ran, 2, "the page and the calibration would both go to standard output\n  -o FILE\n")


def test_owners_of_no_named_path_outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "CODEOWNERS").write_text("* @acme/all\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    said = "no path was named, and this is no git repository whose files could be listed\n  syncpoints owners PATH"
    assert_says(Project.at(tmp_path).run("owners", "--codeowners", "CODEOWNERS"), 2, said)


def test_a_report_of_somebody_else_in_a_clone_that_cannot_verify_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = project.commit({"a": "1\n"})
    project.run("check", "--commit", "HEAD", "--format", "json", "-o", "report.json")
    event = project.path / "event.json"
    event.write_text(
        f'{{"pull_request": {{"number": 7, "head": {{"sha": "{head}"}}, "base": {{"ref": "gone"}}}}}}', encoding="utf-8"
    )
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request_target")
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/shop")
    ran = project.run("publish", "report.json", "--to", "github", "--dry-run")
    said = "the report comes from a run of the change's author, and this clone has not the commits to verify it\n"
    assert_says(ran, 3, f"{said}  git fetch --no-tags origin gone {head}")


def test_hooks_and_helpers_called_by_hand(project: Project) -> None:
    ran = project.hook("message")
    assert (ran.code, "no message file was named\n  git commit names it" in ran.err) == (2, True), ran
    ran = project.hook("message", "nowhere")
    assert (ran.code, "'nowhere' cannot be read: No such file or directory\n  name the file" in ran.err) == (2, True), (
        ran
    )
    ran = project.spawn("pytest_syncpoints.forge", "ops")
    assert (ran.code, "'ops' is no forge team\n  name it as owners files do: @acme/ops" in ran.err) == (2, True), ran
