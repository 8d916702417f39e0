"""What errors say that need no repository: the whole message, and what to type next."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.builders import a_report, a_reported_change
from tests.forge_server import CANARY, Reply, State, forge_server

from pytest_syncpoints import explain, plugins, shipped
from pytest_syncpoints.commands.fleet import fleet_command
from pytest_syncpoints.commands.flow import flow
from pytest_syncpoints.commands.publish import Offline
from pytest_syncpoints.door import LONGEST_LINE, MOST_LINES, guarded, one_screen
from pytest_syncpoints.errors import PolicyError, SyncpointsError
from pytest_syncpoints.forge import http, open_forge
from pytest_syncpoints.forge.github import GitHub, pull_request, read_event
from pytest_syncpoints.forge.gitlab import GitLab, merge_request
from pytest_syncpoints.forge.http import Api, Client, Token
from pytest_syncpoints.forge.open_changes import _project, _requests
from pytest_syncpoints.forge.request import ChangeRequest
from pytest_syncpoints.gather.differences import parse_differences
from pytest_syncpoints.gather.exported_reviews import read_exported_reviews
from pytest_syncpoints.gather.exports import read_export
from pytest_syncpoints.gather.git import _no_repository, evaluation_error
from pytest_syncpoints.gather.history.log import parse_log
from pytest_syncpoints.gather.patches import missing_objects, parse_patches
from pytest_syncpoints.gather.process import Result
from pytest_syncpoints.gather.reviews import reviews_from_json
from pytest_syncpoints.gather.toml import read_policy
from pytest_syncpoints.gather.verifier import signing_program
from pytest_syncpoints.owners import load
from pytest_syncpoints.people import People
from pytest_syncpoints.policy import Policy
from pytest_syncpoints.policy_fixture import _file
from pytest_syncpoints.publish import Checked, refuse_unfit, write_job_summary
from pytest_syncpoints.report_json import from_json
from pytest_syncpoints.report_merge import merged
from pytest_syncpoints.testing.coverage_data import CoverageFile
from pytest_syncpoints.verify import refuse_simulated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REQUEST = ChangeRequest("acme/shop", 7, "1" * 40, "main")
TOKEN = Token("Authorization", CANARY, "Bearer ")
GITHUB = {"GITHUB_REPOSITORY": "acme/shop"}
FOLLOWED = {"head_sha": "2" * 40, "head_branch": "x", "head_repository": {"owner": {"login": "eve"}}}
MODIFIED = b":100644 100644 1111111 2222222 M\0a.py\0\0"
HEADER = b"diff --git a/a.py b/a.py\nindex 1111111..2222222 100644\n--- a/a.py\n+++ b/a.py\n"
CATALOGUE: dict[str, bytes] = {}


def says(action: Callable[[], object]) -> str:
    """Return what an action's error says: the message, its place before it, and the remedy on the next line."""
    with pytest.raises(SyncpointsError) as caught:
        action()
    return str(caught.value)


def failed(said: str, status: int = 128) -> Result:
    return Result(status, b"", f"fatal: {said}\n".encode())


def printed(output: bytes) -> Callable[[], object]:
    return lambda: parse_differences(Result(0, output, b""))


class TestGit:
    """What git answered and nobody expected; most of it takes a damaged repository, or a git of the future."""

    @pytest.mark.parametrize(
        ("action", "said"),
        [
            (
                lambda: parse_differences(failed("bad tree")),
                "git could not compare the two sides: bad tree\n  git fetch",
            ),
            (
                printed(b":nonsense\0a.py\0\0"),
                "git listed a change in a form that is not known: b':nonsense'\n  git --v",
            ),
            (printed(MODIFIED), "git listed 'a.py' but printed no patch for it\n  git --version"),
            (
                printed(MODIFIED + b"What?\n"),
                "git printed a patch in a form that is not known: b'What?'\n  git --version",
            ),
            (
                printed(MODIFIED + HEADER + b"@@ -1,2 +1,2 @@\n-a\n"),
                "git printed a hunk shorter than its header says\n  git --version",
            ),
            (
                printed(MODIFIED + HEADER.replace(b"1111111", b"3333333")),
                "git's list and its patch disagree about 'a.py'\n  git --version",
            ),
            (
                printed(MODIFIED.replace(b" M\0", b" X\0") + HEADER),
                "git reported the unknown status 'X'\n  git --version",
            ),
            (
                printed(b":100644 100644 1111111 2222222 U\0a.py\0\0"),
                "the index has unmerged paths: a.py\n  resolve them, then: git add <path>",
            ),
            (
                lambda: list(parse_log(iter([[b"1" * 40, b"half"]]))),
                "git's log ended in the middle of a commit\n  git fsck",
            ),
            (
                lambda: list(parse_patches(iter([b"\0\0half"]))),
                "git's log ended in the middle of a commit\n  git fsck",
            ),
            (
                lambda: list(
                    parse_patches(iter([b"\0\0a\0\x001\0\0\0\0", b"diff --git a/a b/a", b"@@ -1,2 +0,0 @@", b"-a"]))
                ),
                "git's log ended in the middle of a patch\n  git fsck",
            ),
        ],
        ids=lambda value: value.partition("\n")[0] if isinstance(value, str) else "",
    )
    def test_output_that_is_not_understood(self, action: Callable[[], object], said: str) -> None:
        assert said in says(action)

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (evaluation_error(failed("boom"), "log"), "git log failed: boom\n  git fsck --connectivity-only"),
            (
                evaluation_error(failed("lazy fetching disabled"), "show"),
                "an object is missing here: lazy fetching disabled\n  git fetch --refetch",
            ),
            (
                evaluation_error(failed("index file corrupt"), "diff-index"),
                "the index cannot be read: index file corrupt\n  git update-index --no-split-index",
            ),
            (
                missing_objects(failed("bad object")),
                "git could not read this history: bad object\n  git fetch --refetch",
            ),
            (
                _no_repository(failed("detected dubious ownership in repository at 'x'")),
                "git does not trust this repository: it belongs to another user\n  git config --global --add safe.dir",
            ),
            (
                _no_repository(failed("cannot use bare repository 'x'")),
                'a bare repository is only read where it is named\n  export GIT_DIR="$PWD"',
            ),
            (
                _no_repository(failed("not a git repository")),
                "not a git repository (nor any of the folders above)\n  cd into one, or: git init",
            ),
            (_no_repository(failed("disk on fire")), "git cannot read this repository: disk on fire\n  git status"),
        ],
        ids=lambda value: value.partition("\n")[0] if isinstance(value, str) else "",
    )
    def test_a_failure_is_told_with_the_command_that_mends_it(self, error: SyncpointsError, said: str) -> None:
        assert said in str(error)

    def test_a_program_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert "signatures matter here, and ssh-keygen was not found on PATH\n  " in says(
            lambda: signing_program("ssh")
        )


class TestForges:
    @pytest.fixture
    def host(self) -> Iterator[State]:
        with forge_server() as state:
            yield state

    def client(self, host: State) -> Client:
        return Client(Api("GitHub", host.url, TOKEN))

    @pytest.mark.parametrize(
        ("api", "said"),
        [
            (Api("GitHub", "https://a:b", TOKEN), "the address of GitHub's API is none\n  https://HOST/..."),
            (
                Api("GitHub", "https://a.example/?x", TOKEN),
                "the address of GitHub's API holds more than a host and a path",
            ),
            (
                Api("GitHub", "http://a.example", TOKEN),
                "the address of GitHub's API is not https, so no token is sent there\n  https://HOST/...",
            ),
            (
                Api("GitHub", "https://a.example", Token("Authorization", "a\nb")),
                "the token for GitHub holds characters no token has\n  set it again, on one line",
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_an_address_that_is_given_no_token(self, api: Api, said: str) -> None:
        assert said in says(lambda: Client(api))

    def test_the_extra_that_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http, "_INSTALLED", False)
        said = says(lambda: Client(Api("GitHub", "https://a.example", None)))
        assert said == "to talk to GitHub two packages are missing\n  pip install 'pytest-syncpoints[forge]'"

    def test_an_answer_without_end(self, host: State, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http, "LARGEST", 1 << 20)
        host.script = [("GET", Reply(raw=b" " * (2 << 20)))]
        with self.client(host) as client:
            assert "GitHub: GET /user: an answer of more than 1 MiB\n  work offline" in says(
                lambda: client.get("/user")
            )

    def test_an_answer_that_never_ends(self, host: State) -> None:
        host.script = [("GET", Reply(body={"login": "x" * 200}, pause=0.01))] * 9
        with Client(Api("GitHub", host.url, TOKEN), deadline=0.05) as client:
            said = says(
                lambda: client.send("POST", "/user", {}) if host.script[0][0] == "POST" else client.get("/user")
            )
        assert "/user: no whole answer within 0.05 seconds\n  work offline" in said

    def test_an_answer_that_leads_to_another_host(self, host: State) -> None:
        host.script = [("GET", Reply(302, headers={"Location": "https://elsewhere.example/"}))]
        with self.client(host) as client:
            said = says(lambda: client.get("/user"))
        assert said.startswith("GitHub: GET /user: it leads to another host, which is not followed\n  check that")

    def test_answers_no_github_gives(self, host: State) -> None:
        host.script = [("GET", Reply(body={"login": 1}))]
        with self.client(host) as client:
            github = GitHub(client, REQUEST, GITHUB)
            assert "GitHub does not say whom the token speaks for\n  check that" in says(github.comments)
            host.script = [("GET", Reply(body={"head": 1}))]
            assert says(github.current_head).startswith("GitHub's answer cannot be understood: pull_request.head")

    def test_answers_no_gitlab_gives(self, host: State) -> None:
        host.script = [("GET", Reply(body={"sha": 1}))]
        with Client(Api("GitLab", host.url, TOKEN)) as client:
            said = says(GitLab(client, REQUEST).current_head)
        assert said.startswith("GitLab's answer cannot be understood: merge_request.sha")
        assert said.endswith("check that CI_API_V4_URL is the address of GitLab's API")

    def test_requests_that_cannot_be_told(self, tmp_path: Path) -> None:
        event = tmp_path / "event.json"
        event.write_text("[]")
        assert says(lambda: read_event({})).startswith(
            "GITHUB_EVENT_PATH is not set, so no pull request is known\n  run"
        )
        said = says(lambda: read_event({"GITHUB_EVENT_PATH": str(event)}))
        assert f"the event {str(event)!a} cannot be understood: top level: expected an object" in said
        said = says(lambda: pull_request({"pull_request": []}, GITHUB, None))
        assert said.startswith("the event cannot be understood: .pull_request: expected an object")
        said = says(lambda: pull_request({}, {"GITHUB_REPOSITORY": "shop"}, None))
        assert said.startswith("GITHUB_REPOSITORY is 'shop', expected OWNER/NAME\n  run it in a workflow")
        said = says(lambda: pull_request({"workflow_run": FOLLOWED}, GITHUB, None))
        assert said.startswith(
            "a workflow_run event names no pull request; finding it takes a token\n  give GITHUB_TOKEN"
        )
        said = says(lambda: merge_request({}))
        assert said.startswith("CI_PROJECT_ID, CI_MERGE_REQUEST_IID and CI_COMMIT_SHA name no merge request\n  run it")

    def test_a_commit_that_was_overtaken(self, host: State) -> None:
        with self.client(host) as client:
            said = says(lambda: pull_request({"workflow_run": FOLLOWED}, GITHUB, client))
        assert "no open pull requests of eve:x stand at 222222222222\n  nothing to do" in said

    def test_without_a_token(self, tmp_path: Path) -> None:
        event = tmp_path / "event.json"
        event.write_text("{}")

        def opened() -> None:
            with open_forge({"GITHUB_EVENT_PATH": str(event)}):
                pass

        assert says(opened) == "GitHub is not asked without a token\n  set GITHUB_TOKEN, or work offline"
        said = says(lambda: Offline(REQUEST).document(["@acme/ops"]))
        assert said == "reviews need a token (1 team asked for)\n  --reviews FILE"


class TestReports:
    def test_one_that_does_not_fit_this_run(self) -> None:
        other = a_report(change=a_reported_change(head="9" * 40))
        assert says(lambda: refuse_unfit(other, REQUEST)).startswith(
            "the report is of 999999999999, this run is about 111111111111\n  review the change's own head"
        )
        torn = a_report(findings=(), verdict=a_report().verdict._replace(blocked=True, blocking=("x",)))
        assert says(lambda: refuse_unfit(torn, REQUEST)).startswith("the report contradicts itself: ")
        supposed = a_report(simulated=("door=ci",))
        assert says(lambda: refuse_simulated(supposed)).startswith(
            "the report supposes facts or leaves rules out (door=ci), and proves nothing\n  "
        )

    def test_two_that_are_not_of_one_change(self) -> None:
        reports = [a_report(), a_report(change=a_reported_change(head="9" * 40))]
        said = says(lambda: merged(reports))
        assert said.startswith("the reports disagree about ")
        assert ", so they are not of one change\n  give merge the reports of one run" in said

    def test_json_that_is_no_report(self) -> None:
        said = says(lambda: from_json(b"{}"))
        assert said == (
            "the report is not one this program wrote: schema: missing\n"
            "  write it anew: syncpoints check --format json -o FILE"
        )

    def test_a_summary_that_cannot_be_written(self, tmp_path: Path) -> None:
        said = says(
            lambda: write_job_summary(Checked(a_report(), verified=True), {"GITHUB_STEP_SUMMARY": str(tmp_path)})
        )
        assert said == "the job summary cannot be written: Is a directory\n  unset GITHUB_STEP_SUMMARY"


class TestFiles:
    def test_what_is_no_export(self, tmp_path: Path) -> None:
        (tmp_path / "open.json").write_text("3")
        said = says(lambda: read_export(str(tmp_path / "open.json"), Policy(), People.build(Policy())))
        assert "open.json holds no list of changes: " in said
        assert "\n  gh pr list --state all" in said

    def test_what_are_no_reviews(self) -> None:
        said = says(lambda: reviews_from_json(b'{"reviews": 3}'))
        assert said.startswith(
            "the reviews cannot be understood: reviews: expected a list, found a number\n  give it GET"
        )

    def test_what_is_no_coverage_data(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "data").write_text("text")
        assert (
            says(lambda: CoverageFile("nowhere"))
            == "there is no coverage data at nowhere\n  pytest --cov --cov-context=test"
        )
        assert "data is not coverage data: " in says(lambda: CoverageFile(str(tmp_path / "data")))
        monkeypatch.setitem(sys.modules, "coverage", None)
        assert says(lambda: CoverageFile("data")) == "coverage.py is needed to read its data\n  pip install coverage"

    def test_owners_nobody_can_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = says(lambda: load("klingon", CATALOGUE.get))
        assert said.startswith("no dialect is called 'klingon'\n  choose one of auto, ")
        monkeypatch.setitem(sys.modules, "pytest_syncpoints.owners.yaml_library", None)
        owners = {"OWNERS": b"approvers: &all [alice]\nreviewers: *all\n"}
        said = says(lambda: load("prow", owners.get).owners_of("a.py"))
        assert "OWNERS:1:1: this file uses more of YAML than is read without PyYAML (" in said
        assert said.endswith("\n  pip install 'pytest-syncpoints[prow]'")

    def test_a_made_up_path_outside(self) -> None:
        assert (
            says(lambda: _file("../x", 1))
            == "'../x' is not a path inside the repository\n  name it from the top: src/a.py"
        )

    def test_an_installation_that_lacks_files(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(explain, "_PAGE_FOLDERS", ())
        assert says(lambda: explain.page("SYN001")).startswith(
            "the page of SYN001 is missing from this installation\n  python"
        )
        monkeypatch.setattr(shipped, "_HERE", "/nowhere")
        monkeypatch.setattr(shipped, "_TOP", "/nowhere")
        assert says(lambda: shipped.folder("ci_files")).startswith(
            "examples/ci is missing from this installation\n  python -m pip install --force-reinstall"
        )

    def test_libraries_that_are_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        said = says(lambda: fleet_command(["."], scheduler=None, workers=1, folder="x", write=print))
        assert said.startswith("fleet needs a library that is not installed: pyarrow\n  ")

    def test_a_project_that_is_not_known(self) -> None:
        assert says(lambda: _project("/srv/shop")) == "no project of a forge is known here\n  git remote get-url origin"

    def test_pull_requests_that_are_not_listed(self) -> None:
        said = says(lambda: _requests({"errors": [{"message": "forbidden"}]}))
        assert said.startswith("GitHub does not list the pull requests: forbidden\n  check GITHUB_REPOSITORY, and that")

    def test_what_is_no_export_of_reviews(self, tmp_path: Path) -> None:
        (tmp_path / "all.json").write_text("3")
        said = says(lambda: read_exported_reviews(str(tmp_path / "all.json")))
        assert "all.json holds no list of changes with their reviews: " in said
        assert "\n  " in said


class TestPlugins:
    def test_one_that_is_not_installed(self) -> None:
        said = says(lambda: plugins.plugin_manager(["acme_nowhere"]))
        assert said == "the policy names the plugin 'acme_nowhere', which is not installed\n  pip install acme_nowhere"

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (
                "from pluggy import HookimplMarker\n@HookimplMarker('syncpoints')\ndef syncpoints_chekcs(): pass\n",
                "a plugin does not fit: unknown hook 'syncpoints_chekcs'",
            ),
            (
                "raise OSError('boom')\n",
                "the plugin 'acme_misfit' cannot be imported: boom\n  python -c 'import acme_misfit'",
            ),
        ],
        ids=["an unknown hook", "one that does not load"],
    )
    def test_one_that_does_not_fit(self, text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "acme_misfit.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "acme_misfit", raising=False)
        assert said in says(lambda: plugins.plugin_manager(["acme_misfit"]))

    def test_one_inside_the_tree_under_review(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "acme_inside.py").write_text("")
        monkeypatch.syspath_prepend(tmp_path)
        said = says(lambda: plugins.plugin_manager(["acme_inside"], worktree=str(tmp_path)))
        assert said == (
            "the plugin 'acme_inside' lies inside the tree under review and is not imported\n"
            "  install it from a package instead"
        )

    def test_two_for_one_format(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "acme_format.py").write_text(
            "from pluggy import HookimplMarker\n"
            "@HookimplMarker('syncpoints')\ndef syncpoints_renderers(): return {'html': None}\n"
        )
        monkeypatch.syspath_prepend(tmp_path)
        manager = plugins.plugin_manager(["acme_format"])
        assert (
            says(lambda: plugins.all_renderers(manager))
            == "two plugins render 'html'\n  remove one of them from `plugins`"
        )


def test_what_no_flow_supposes() -> None:
    said = says(lambda: flow(None, ("x=1",)))
    assert said == "nothing can be supposed by 'x=1'\n  --what-if arrivals=2x, --what-if reviewers=+1"


def test_a_bug_of_ours_is_said_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(lambda: 1 // 0) == 3
    said = capsys.readouterr().err
    assert said.startswith("syncpoints: internal error: ZeroDivisionError: integer ")
    assert "(test_error_messages.py:" in said
    assert "  please report it with these words and the command: pytest-syncpoints " in said


def test_a_policy_with_many_faults_fits_a_screen() -> None:
    text = "".join(f"key_{number} = {number}\n" for number in range(150)).encode()
    with pytest.raises(PolicyError) as caught:
        read_policy(text, path="syncpoints.toml", commit=None, blob=None)
    lines = one_screen(f"syncpoints: {caught.value}").split("\n")
    assert len(lines) == MOST_LINES
    assert any("lines are not shown: mend these first" in line for line in lines)
    assert len(one_screen("x" * 100_000)) == LONGEST_LINE


def test_what_mends_it_is_never_cut_away() -> None:
    error = SyncpointsError("\n".join(map(str, range(500))), remedy="git status")
    assert one_screen(str(error)).endswith("\n  git status")
