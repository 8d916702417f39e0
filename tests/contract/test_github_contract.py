"""What we send to GitHub and read from it, against GitHub's published description of its API.

Needs node, npm and SYNCPOINTS_CONTRACT=1 (``.ci/run`` sets it where there is node); SYNCPOINTS_NODE_MODULES names
packages that are installed already. A schema knows nothing of who asks, of sizes, limits and what was written
before: ``tests/functional/test_publish.py`` does.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import tempfile
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.forge_server import CANARY, serving
from tests.node import asked_for, node_modules

from pytest_syncpoints.forge.github import GitHub, github_api, pull_request
from pytest_syncpoints.forge.http import Client, Refused
from pytest_syncpoints.forge.request import ChangeRequest
from pytest_syncpoints.gather.reviews import facts_from

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = ("@octokit/openapi@23.0.2", "@stoplight/prism-cli@5.14.2", "@octokit/webhooks-examples@7.6.1")
CALLS = (
    *("/zen", "/user", "/orgs/{org}/teams", "/graphql"),
    *(f"/repos/{{owner}}/{{repo}}/{kind}" for kind in ("pulls", "issues", "commits", "statuses", "activity")),
)
REFERENCE = re.compile(r'"\$ref": "#/components/([^/"]+)/([^/"]+)"')
HEAD = "6dcb09b5b57875f334f61aebed695e2e4193db5e"

pytestmark = asked_for


@pytest.fixture(scope="session")
def modules() -> Path:
    return node_modules("contract", *PACKAGES)


@pytest.fixture(scope="session")
def description(modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with GitHub's description of the calls we make; Prism would read the whole for half a minute."""
    whole = json.loads((modules / "@octokit" / "openapi" / "generated" / "api.github.com.json").read_bytes())
    whole.pop("x-webhooks")
    whole["paths"] = {path: call for path, call in whole["paths"].items() if path.startswith(CALLS)}
    needed, waiting = set[str](), set(REFERENCE.findall(json.dumps(whole["paths"])))
    while waiting:
        kind, name = waiting.pop()
        needed.add(f"{kind}/{name}")
        text = json.dumps(whole["components"][kind][name])
        waiting |= {pair for pair in REFERENCE.findall(text) if "/".join(pair) not in needed}
    whole["components"] = {
        kind: {name: one for name, one in members.items() if f"{kind}/{name}" in needed}
        for kind, members in whole["components"].items()
    }
    kept = tmp_path_factory.mktemp("openapi") / "api.github.com.json"
    kept.write_text(json.dumps(whole), encoding="utf-8")
    return kept


@pytest.fixture(scope="session")
def prism(modules: Path, description: Path) -> Iterator[int]:
    """Serve GitHub's description on loopback and return the port."""
    port = 20_000 + os.getpid() % 20_000
    command = ["node", str(modules / ".bin" / "prism"), "mock", "-h", "127.0.0.1", "-p", str(port), str(description)]
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            for _ in range(240):
                if server.poll() is not None or answers(port):
                    break
                time.sleep(0.25)
            if not answers(port):
                log.seek(0)
                pytest.skip(f"prism did not start: {log.read()[-300:]!r}")
            yield port
        finally:
            server.terminate()


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/zen")
        connection.getresponse().read()
    except OSError:
        return False
    finally:
        connection.close()
    return True


class Forwarder(BaseHTTPRequestHandler):
    """Passes requests on to Prism, and answers back without the page links, which are examples of another host."""

    protocol_version = "HTTP/1.1"
    port = 0
    asked: list[tuple[str, int]]

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        self.asked.append((f"{self.command} {self.path}", answer.status))
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = _handle  # noqa: N815  # http.server's own names


@pytest.fixture
def asked() -> list[tuple[str, int]]:
    return []


@pytest.fixture
def client(prism: int, asked: list[tuple[str, int]]) -> Iterator[Client]:
    handler = type("OneForwarder", (Forwarder,), {"port": prism, "asked": asked})
    with serving(handler) as url, Client(github_api({"GITHUB_API_URL": url, "GITHUB_TOKEN": CANARY})) as made:
        yield made


@pytest.fixture
def github(client: Client) -> GitHub:
    return GitHub(client, ChangeRequest("octocat/Hello-World", 42, HEAD, "main", 1), {})


def test_reviews_commits_and_members_are_read_as_github_describes_them(
    github: GitHub, asked: list[tuple[str, int]]
) -> None:
    facts = github.facts(["@github/justice-league"])
    assert facts.reviews
    assert all(review.commit and review.submitted_at and review.person.handle for review in facts.reviews)
    assert facts.author is not None
    assert facts.identities
    assert facts.pushers
    assert facts.team_members == {"@github/justice-league": ("octocat",)}
    assert {status for _, status in asked} == {200}


def test_the_present_head_and_the_comments_are_read(github: GitHub) -> None:
    assert len(github.current_head()) == 40
    assert [comment.own for comment in github.comments()] == [True]


def test_comments_and_statuses_are_written_as_github_describes_them(
    github: GitHub, asked: list[tuple[str, int]]
) -> None:
    github.comment("### Sync points: clear")
    github.edit("1", "### Sync points: clear")
    for state in ("success", "failure", "pending"):
        github.set_status(state, "1 sign-off missing (ops)")
    assert [status for _, status in asked] == [201, 200, 201, 201, 201]


def test_the_description_would_notice_a_wrong_request(github: GitHub, client: Client) -> None:
    with pytest.raises(Refused) as raised:
        client.send("POST", "/repos/octocat/Hello-World/issues/42/comments", {"body": 3})
    assert raised.value.status == 422
    with pytest.raises(Refused) as raised:
        github.set_status("perhaps", "x")
    assert raised.value.status == 422


def test_open_requests_are_listed_as_a_following_run_asks_for_them(client: Client) -> None:
    owner = {"owner": {"login": "octocat"}}
    followed = {"head_sha": HEAD, "head_branch": "new-topic", "head_repository": owner}
    event = {"workflow_run": followed}
    request = pull_request(event, {"GITHUB_REPOSITORY": "octocat/Hello-World"}, client)
    assert (request.head, request.is_privileged) == (HEAD, True)


def examples(modules: Path, name: str) -> list[dict[str, Any]]:
    index = modules / "@octokit" / "webhooks-examples" / "api.github.com" / "index.json"
    return [
        example for kind in json.loads(index.read_text("utf-8")) if kind["name"] == name for example in kind["examples"]
    ]


def test_every_published_pull_request_event_names_its_request_and_head(modules: Path) -> None:
    events = examples(modules, "pull_request") + examples(modules, "pull_request_review")
    assert len(events) >= 30
    for event in events:
        request = pull_request(event, {}, None)
        assert request.number == event["pull_request"]["number"]
        assert request.head == event["pull_request"]["head"]["sha"]
        assert request.project == event["repository"]["full_name"]


def test_every_published_review_is_read(modules: Path) -> None:
    events = examples(modules, "pull_request_review")
    found = [facts_from([event["review"]]).reviews for event in events]
    assert {review.state for reviews in found for review in reviews} <= {
        "approved",
        "changes-requested",
        "commented",
        "dismissed",
    }
    assert all(reviews for reviews in found)
