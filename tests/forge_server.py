"""Forge server: a small GitHub and GitLab on loopback that remember comments, for what a schema cannot tell."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CANARY = "ghs_CANARYcanaryCANARYcanary0123456789"
BOT = "github-actions[bot]"
LONGEST_COMMENT = 65_536


@dataclass
class Reply:
    """One scripted answer: given instead of the real one to the next request that fits."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    pause: float = 0.0  # seconds between single bytes
    cut: bool = False  # hang up in the middle of the body


@dataclass
class State:
    """What the host knows, and what it was asked."""

    head: str = "1" * 40
    me: str = BOT
    page: int = 100
    comments: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    script: list[tuple[str, Reply]] = field(default_factory=list)
    url: str = ""

    def writes(self) -> list[str]:
        """Return the requests that wrote comments."""
        return [
            one
            for one in self.asked
            if (one.split()[0] != "GET" and "comment" in one) or ("/notes" in one[4:] and one[0] == "P")
        ]

    def say(self, login: str, body: str) -> dict[str, Any]:
        """Let somebody comment."""
        comment = {
            "id": 1000 + len(self.comments),
            "body": body,
            "user": {"login": login},
            "author": {"username": login},
        }
        self.comments.append(comment)
        return comment


class Handler(BaseHTTPRequestHandler):
    """Answers as the hosts do, as far as publishing asks."""

    protocol_version = "HTTP/1.1"
    state: State

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        url = urlsplit(self.path)
        path = unquote(url.path)
        self.state.asked.append(f"{self.command} {path}")
        self.state.headers.append(dict(self.headers))
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        for index, (pattern, reply) in enumerate(self.state.script):
            if pattern in f"{self.command} {path}":
                del self.state.script[index]
                self._reply(reply)
                return
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        self._reply(self._answer(path, query, body))

    do_GET = do_POST = do_PATCH = do_PUT = _handle  # noqa: N815  # http.server's own names

    def _answer(self, path: str, query: dict[str, str], body: Any) -> Reply:
        state, command = self.state, self.command
        for suffix, answer in self._routes(query):
            if path.endswith(suffix) and command == "GET":
                return answer() if callable(answer) else Reply(200, answer)
        if command == "POST" and path.endswith(("/comments", "/notes")):
            if len(body["body"]) > LONGEST_COMMENT:
                return Reply(422, {"message": "Validation Failed: body is too long (maximum is 65536 characters)"})
            return Reply(201, state.say(state.me, body["body"]))
        if command in ("PATCH", "PUT"):
            number = int(path.rpartition("/")[2])
            comment = next(one for one in state.comments if one["id"] == number)
            comment["body"] = body["body"]
            return Reply(200, comment)
        if command == "POST" and "/statuses/" in path:
            state.statuses.append(body | {"sha": path.rpartition("/")[2]})
            return Reply(201, body)
        return Reply(404, {"message": "Not Found"})

    def _routes(self, query: dict[str, str]) -> list[tuple[str, Any]]:
        state = self.state
        pull = {
            "number": 7,
            "sha": state.head,
            "user": {"login": "bob"},
            "author": {"username": "bob", "name": "Bob"},
            "head": {"sha": state.head, "ref": "feature", "repo": {"full_name": "bob/ledger"}},
        }
        approved = [{"user": {"username": one["user"]["login"], "name": "x"}} for one in state.reviews]
        return [
            ("/user", {"login": state.me, "username": state.me}),
            ("/comments", lambda: self._paged(state.comments, query)),
            ("/notes", lambda: self._paged(state.comments, query)),
            ("/reviews", lambda: self._paged(state.reviews, query)),
            ("/approvals", {"approved_by": approved}),
            ("/versions", []),
            ("/commits", []),
            ("/activity", []),
            ("/pulls", lambda: self._paged(state.pulls, query)),
            ("/pulls/7", pull),
            ("/merge_requests/7", pull),
        ]

    def _paged(self, items: list[Any], query: dict[str, str]) -> Reply:
        size, page = min(self.state.page, int(query.get("per_page", "30"))), int(query.get("page", "1"))
        headers = {}
        if page * size < len(items):
            following = f"{self.state.url}{urlsplit(self.path).path}?per_page={size}&page={page + 1}"
            headers["Link"] = f'<{following}>; rel="next", <{self.state.url}/last>; rel="last"'
        return Reply(200, items[(page - 1) * size : page * size], headers)

    def _reply(self, reply: Reply) -> None:
        data = reply.raw if reply.raw is not None else json.dumps(reply.body).encode()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if reply.cut:
                data, self.close_connection = data[: len(data) // 2], True
            if not reply.pause:
                self.wfile.write(data)
                return
            for byte in data:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(reply.pause)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on loopback and yield the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def forge_server(prepare: Callable[[State], None] = lambda _: None) -> Iterator[State]:
    """Serve a host on loopback and yield its state."""
    state = State()
    with serving(type("OneHandler", (Handler,), {"state": state})) as state.url:
        prepare(state)
        yield state
