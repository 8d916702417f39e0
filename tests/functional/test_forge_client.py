"""The HTTP client of forges: all pages, bounded patience, no host but one, and a token nobody else ever sees."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING

import pytest
import stamina
from tests.forge_server import CANARY, Reply, State, forge_server

from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.forge.http import ATTEMPTS, Api, Client, Refused, Token
from pytest_syncpoints.forge.limits import asked_wait

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = Token("Authorization", CANARY, "Bearer ")
NOW = 1_772_443_800.0


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    with stamina.set_testing(True, attempts=ATTEMPTS):
        yield


@pytest.fixture
def host() -> Iterator[State]:
    with forge_server() as state:
        yield state


def client(state: State, *, deadline: float = 30.0) -> Client:
    return Client(Api("GitHub", state.url, TOKEN), deadline=deadline)


def test_all_pages_of_a_list_are_read(host: State) -> None:
    host.page = 2
    for number in range(5):
        host.say("eve", str(number))
    with client(host) as http:
        assert [one["body"] for one in http.pages("/repos/a/b/issues/7/comments")] == list("01234")
    assert len(host.asked) == 3


def test_the_token_goes_along_with_every_request(host: State) -> None:
    host.page = 1
    host.say("eve", "a")
    host.say("eve", "b")
    with client(host) as http:
        http.pages("/comments")
    assert [headers["Authorization"] for headers in host.headers] == [f"Bearer {CANARY}"] * 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(host: State, status: int) -> None:
    host.script = [("GET", Reply(status, {"message": "try later"}))] * 2
    with client(host) as http:
        assert http.get("/user")["login"] == host.me
    assert len(host.asked) == 3


def test_trying_ends(host: State) -> None:
    host.script = [("GET", Reply(502))] * 50
    with client(host) as http, pytest.raises(Refused) as raised:
        http.get("/user")
    assert (raised.value.status, len(host.asked)) == (502, ATTEMPTS)
    assert raised.value.exit_status == 3


def test_a_write_whose_fate_is_unknown_is_not_repeated(host: State) -> None:
    host.script = [("POST", Reply(502))]
    with client(host) as http, pytest.raises(CannotEvaluate):
        http.send("POST", "/repos/a/b/issues/7/comments", {"body": "x"})
    assert len(host.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(429, {"message": "slow down"}, {"Retry-After": "1"}), id="429 with Retry-After"),
        pytest.param(Reply(429, {"message": "slow down"}), id="429 without a word"),
        pytest.param(
            Reply(403, {"message": "You have exceeded a secondary rate limit."}, {"Retry-After": "60"}),
            id="a secondary limit",
        ),
        pytest.param(
            Reply(403, {"message": "You have exceeded a secondary rate limit."}), id="a secondary limit, no header"
        ),
    ],
)
def test_a_limit_is_waited_for_even_by_a_write(host: State, reply: Reply) -> None:
    host.script = [("POST", reply)]
    with client(host) as http:
        http.send("POST", "/repos/a/b/issues/7/comments", {"body": "x"})
    assert len(host.comments) == 1


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "3600"}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999"}]
)
def test_a_limit_that_lasts_is_said_and_not_waited_for(host: State, headers: dict[str, str]) -> None:
    host.script = [("GET", Reply(429, {"message": "slow down"}, headers))]
    with client(host) as http, pytest.raises(Refused) as raised:
        http.get("/user")
    assert len(host.asked) == 1
    assert "asks to wait" in raised.value.remedy


@pytest.mark.parametrize(
    ("status", "headers", "said", "seconds"),
    [
        pytest.param(429, {"retry-after": "7"}, "", 7.0, id="seconds"),
        pytest.param(503, {"retry-after": "7"}, "", 7.0, id="seconds of a server that is down"),
        pytest.param(429, {"retry-after": "Mon, 02 Mar 2026 09:30:30 GMT"}, "", 30.0, id="a date"),
        pytest.param(429, {"retry-after": "Mon, 02 Mar 2020 09:30:30 GMT"}, "", 0.0, id="a date gone by"),
        pytest.param(429, {"retry-after": "soon"}, "", 60.0, id="nonsense"),
        pytest.param(
            403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772443809"}, "", 10.0, id="GitHub's reset"
        ),
        pytest.param(429, {"ratelimit-remaining": "0", "ratelimit-reset": "1772443809"}, "", 10.0, id="GitLab's reset"),
        pytest.param(
            403, {"x-ratelimit-remaining": "4000", "x-ratelimit-reset": "1772443809"}, "", None, id="not spent"
        ),
        pytest.param(403, {}, "secondary rate limit", 60.0, id="a secondary limit"),
        pytest.param(403, {}, "Resource not accessible by integration", None, id="not allowed"),
        pytest.param(404, {"retry-after": "7"}, "", None, id="not there"),
    ],
)
def test_how_long_a_host_asks_to_wait(status: int, headers: dict[str, str], said: str, seconds: float | None) -> None:
    assert asked_wait(status, headers, said, now=NOW) == seconds


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(302, None, {"Location": "http://127.0.0.2:9/x"}), id="a redirect to another host"),
        pytest.param(Reply(302, None, {"Location": "https://evil.example/x"}), id="a redirect to another scheme"),
        pytest.param(Reply(302, None, {"Location": "//evil.example/x"}), id="a redirect without a scheme"),
        pytest.param(Reply(302, None, {"Location": "http://x@127.0.0.1:1/"}), id="a redirect to another port"),
        pytest.param(Reply(302), id="a redirect to nowhere"),
        pytest.param(Reply(200, [], {"Link": '<https://evil.example/x>; rel="next"'}), id="a next page elsewhere"),
    ],
)
def test_nothing_is_followed_to_another_host(host: State, reply: Reply) -> None:
    host.script = [("GET", reply)]
    with client(host) as http, pytest.raises(CannotEvaluate, match="another host"):
        http.pages("/user")
    assert len(host.asked) == 1


def test_a_redirect_on_the_same_host_is_followed_but_not_for_ever(host: State) -> None:
    host.script = [("GET", Reply(301, None, {"Location": f"{host.url}/user"}))]
    with client(host) as http:
        assert http.get("/old")["login"] == host.me
        host.script = [("GET", Reply(301, None, {"Location": "/user"}))] * 10
        with pytest.raises(CannotEvaluate, match="leads elsewhere"):
            http.get("/old")


def test_a_write_is_not_redirected(host: State) -> None:
    host.script = [("POST", Reply(307, None, {"Location": "/user"}))]
    with client(host) as http, pytest.raises(CannotEvaluate, match="leads elsewhere"):
        http.send("POST", "/x", {})


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param(Reply(raw=b"<html>"), "not JSON", id="HTML"),
        pytest.param(Reply(raw=b"[" * 100), "nested deeper", id="deep"),
        pytest.param(Reply(raw=b"[1, 2", cut=False), "not JSON", id="cut"),
        pytest.param(Reply(raw=b'[{"a": 1}]' * 9, cut=True), "RemoteProtocolError", id="hung up in the middle"),
        pytest.param(Reply(body={"message": "x"}), "expected a list", id="not a list"),
    ],
)
def test_an_answer_that_is_none_is_a_failure(host: State, reply: Reply, said: str) -> None:
    host.script = [("GET", reply)] * ATTEMPTS
    with client(host) as http, pytest.raises(CannotEvaluate, match=said):
        http.pages("/user")


def test_a_body_that_trickles_in_is_given_up(host: State) -> None:
    host.script = [("GET", Reply(raw=b" " * 2000, pause=0.02))] * ATTEMPTS
    with client(host, deadline=0.2) as http, pytest.raises(CannotEvaluate, match=r"no whole answer within|Timeout"):
        http.get("/user")


def test_a_list_without_an_end_is_given_up(host: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_syncpoints.forge.http.MOST_PAGES", 3)
    host.script = [("GET", Reply(200, [1], {"Link": f'<{host.url}/user>; rel="next"'}))] * 9
    with client(host) as http, pytest.raises(CannotEvaluate, match="more than 3 pages"):
        http.pages("/user")


def test_an_answer_too_large_is_given_up(host: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_syncpoints.forge.http.LARGEST", 1000)
    host.script = [("GET", Reply(raw=b" " * 5000))]
    with client(host) as http, pytest.raises(CannotEvaluate, match="more than"):
        http.get("/user")


def test_a_host_that_is_not_there_is_said(host: State) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        host.url = f"http://127.0.0.1:{one.getsockname()[1]}"
        with client(host) as http, pytest.raises(CannotEvaluate, match="ConnectError"):
            http.get("/user")


@pytest.mark.parametrize(
    "root",
    [
        "http://api.example",
        "ftp://api.example",
        "https://me:pw@api.example",
        "https://api.example/?x=1",
        "https://",
        "::",
    ],
)
def test_an_address_that_must_not_be_given_a_token_is_refused(root: str) -> None:
    with pytest.raises(UsageError) as raised:
        Client(Api("GitHub", root, TOKEN))
    assert CANARY not in str(raised.value)


def test_a_token_with_a_line_end_is_refused_and_not_shown() -> None:
    with pytest.raises(UsageError) as raised:
        Client(Api("GitHub", "https://api.example", Token("Authorization", f"{CANARY}\r\nX: y")))
    assert "CANARY" not in str(raised.value)


def test_the_token_stands_in_no_message_repr_or_log(
    host: State, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    replies = [
        Reply(500, {"message": f"you sent {CANARY}"}),
        Reply(401, {"message": f"bad token {CANARY}"}),
        Reply(302, None, {"Location": f"https://evil.example/{CANARY}"}),
        Reply(raw=CANARY.encode()),
    ]
    for reply in replies:
        host.script = [("GET", reply)] * ATTEMPTS
        with client(host) as http, pytest.raises(CannotEvaluate) as raised:
            http.get("/user")
        told = (str(raised.value), repr(raised.value), repr(raised.value.__context__), repr(http.__dict__["_api"]))
        assert [text for text in told if CANARY in text] == []
    shown = capfd.readouterr()
    assert CANARY not in shown.out + shown.err
    # At its own debug level httpcore2 shows what the host answered, and this host repeats the token.
    ours = [record.getMessage() for record in caplog.records if "receive_response" not in record.getMessage()]
    assert [message for message in ours if CANARY in message] == []
