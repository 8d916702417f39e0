"""HTTP: one small JSON client for every forge, and the project's only door to the network.

The token goes to the API's own origin and nowhere else; it stands in no message, exception or log record.
"""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any

from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.forge.limits import asked_wait
from pytest_syncpoints.record import Record
from pytest_syncpoints.strict_json import parse

try:
    import httpx2
    import stamina
except ImportError:  # the extra is not installed; Client says so
    _INSTALLED = False
else:
    _INSTALLED = True
    # Without a handler of its own, Python would print stamina's notes about retries to stderr.
    logging.getLogger("stamina").addHandler(logging.NullHandler())

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

ATTEMPTS = 4
LONGEST_WAIT = 60.0  # seconds; a limit that lasts longer is said, not waited for
DEADLINE = 30.0  # seconds for one answer, however slowly its body arrives
LARGEST = 32 << 20  # bytes of one answer
MOST_PAGES = 100  # of 100 items each
MOST_REDIRECTS = 3
# What to do about an answer that no such host gives, and about one that is not to be had.
_STRANGE = "check that this is its API: GITHUB_API_URL, CI_API_V4_URL"
_OFFLINE = "work offline: --reviews FILE, --dry-run"
_LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
_PASSING = frozenset((500, 502, 503, 504))  # a second attempt may well succeed
_REPEATABLE = frozenset(("GET", "PUT", "PATCH"))  # doing it twice is doing it once; a POST would write twice


class Refused(CannotEvaluate):
    """An answer that is none: ``status`` is the forge's own number, 0 where it could not be asked.

    ``again`` says whether to try again, or in how many seconds.
    """

    def __init__(self, message: str, *, status: int = 0, again: bool | float = False, remedy: str = "") -> None:
        """Keep status and advice beside the message."""
        super().__init__(message, remedy=remedy)
        self.status = status
        self.again = again


class Token:
    """A secret and the header that carries it; ``prefix`` stands before it there. It never shows itself."""

    __slots__ = ("header", "prefix", "secret")

    def __init__(self, header: str, secret: str, prefix: str = "") -> None:
        """Take the header's name and the secret."""
        self.header = header
        self.secret = secret
        self.prefix = prefix

    def __repr__(self) -> str:
        """Return everything but the secret."""
        return f"Token({self.header!r})"


class Api(Record):
    """Where a forge's API is and how it is spoken to; ``remedies`` say by status what mends a refusal."""

    forge: str
    root: str
    token: Token | None
    headers: tuple[tuple[str, str], ...] = ()
    remedies: tuple[tuple[int, str], ...] = ()


class _Exchange(Record):
    status: int
    headers: dict[str, str]
    data: bytes


class Client:
    """A JSON API. Every method raises CannotEvaluate for whatever is not a whole answer."""

    def __init__(self, api: Api, *, deadline: float = DEADLINE) -> None:
        """Take the API's place; raises UsageError for one that must not be given a token."""
        if not _INSTALLED:
            raise UsageError(
                f"to talk to {api.forge} two packages are missing", remedy="pip install 'pytest-syncpoints[forge]'"
            )
        self._api = api
        self._deadline = deadline
        self._root = _checked(api)
        self._client = httpx2.Client(
            headers={"User-Agent": "pytest-syncpoints", **dict(api.headers)},
            timeout=httpx2.Timeout(min(20.0, deadline), connect=min(10.0, deadline)),
            follow_redirects=False,
            trust_env=self._root.host not in _LOOPBACK,  # proxies and SSL_CERT_FILE; no proxy leads to this machine
        )

    def __enter__(self) -> Self:
        """Return the client, to be closed at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self._client.close()

    def get(self, path: str, **parameters: str | int) -> Any:
        """Return the JSON value at a path below the API's root."""
        return self._answer("GET", self._url(path, parameters))[0]

    def pages(self, path: str, **parameters: str | int) -> list[Any]:
        """Return the items of a list from all its pages; a page on another host, or one too many, is a failure."""
        items: list[Any] = []
        url = self._url(path, {"per_page": 100, **parameters})
        for _ in range(MOST_PAGES):
            value, following = self._answer("GET", url)
            if not isinstance(value, list):
                raise Refused(f"{self._at('GET', url)}: expected a list", remedy=_STRANGE)
            items += value
            if following is None:
                return items
            url = following
        raise Refused(f"{self._at('GET', url)}: more than {MOST_PAGES} pages", remedy=_OFFLINE)

    def send(self, method: str, path: str, body: Any, *, at: str = "") -> Any:
        """Send a JSON body and return the answer's value; ``at`` is another address of the same origin."""
        url = self._same_origin(method, str(self._root), at) if at else self._url(path, {})
        return self._answer(method, url, json.dumps(body).encode("ascii"))[0]

    def _url(self, path: str, parameters: Mapping[str, str | int]) -> str:
        return str(httpx2.URL(f"{str(self._root).rstrip('/')}{path}", params=dict(parameters) or None))

    def _answer(self, method: str, url: str, body: bytes | None = None) -> tuple[Any, str | None]:
        """Return the value and the address of the next page, after as many attempts as are worth making."""
        for attempt in stamina.retry_context(on=_again, attempts=ATTEMPTS, timeout=None):
            with attempt:
                return self._once(method, url, body)
        raise AssertionError("stamina ends with an answer or with the last error")

    def _once(self, method: str, url: str, body: bytes | None) -> tuple[Any, str | None]:
        for _ in range(MOST_REDIRECTS + 1):
            found = self._exchange(method, url, body)
            if found.status >= 400:
                raise self._refusal(method, url, found)
            if found.status < 300:
                return self._value(method, url, found.data), self._next(method, url, found)
            if method != "GET":
                break
            url = self._same_origin(method, url, found.headers.get("location", ""))
        raise Refused(
            f"{self._at(method, url)}: it leads elsewhere ({found.status})", status=found.status, remedy=_STRANGE
        )

    def _exchange(self, method: str, url: str, body: bytes | None) -> _Exchange:
        """Return one whole answer of the server, whatever it says."""
        token = self._api.token
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token is not None:
            headers[token.header] = token.prefix + token.secret
        until = time.monotonic() + self._deadline
        try:
            with self._client.stream(method, url, content=body, headers=headers) as response:
                data = bytearray()
                for chunk in response.iter_bytes():
                    data += chunk
                    if len(data) > LARGEST:
                        raise Refused(
                            f"{self._at(method, url)}: an answer of more than {LARGEST >> 20} MiB", remedy=_OFFLINE
                        )
                    if time.monotonic() > until:
                        raise Refused(
                            f"{self._at(method, url)}: no whole answer within {self._deadline:g} seconds",
                            again=method in _REPEATABLE,
                            remedy=_OFFLINE,
                        )
                return _Exchange(response.status_code, {k.lower(): v for k, v in response.headers.items()}, bytes(data))
        except httpx2.HTTPError as error:
            raise self._unreachable(method, url, error) from None

    def _unreachable(self, method: str, url: str, error: Exception) -> Refused:
        """Say that no answer came; only a request that never arrived may be sent twice if it writes."""
        never_arrived = isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout))
        passing = isinstance(error, (httpx2.TimeoutException, httpx2.NetworkError, httpx2.RemoteProtocolError))
        return Refused(
            self._clean(f"{self._at(method, url)}: {type(error).__name__}: {str(error)[:200] or 'no answer'}"),
            again=never_arrived or (passing and method in _REPEATABLE),
            remedy=f"check the address, HTTPS_PROXY and SSL_CERT_FILE, or {_OFFLINE}",
        )

    def _refusal(self, method: str, url: str, found: _Exchange) -> Refused:
        said = self._clean(_message(found.data))
        wait = asked_wait(found.status, found.headers, said, now=time.time())
        again: bool | float = found.status in _PASSING and method in _REPEATABLE
        remedy = dict(self._api.remedies).get(found.status, f"try again later, or {_OFFLINE}")
        if wait is not None:
            again = wait if wait <= LONGEST_WAIT else False
            remedy = f"it asks to wait {wait:.0f} seconds; run this again then"
        words = f"{self._at(method, url)}: {found.status}" + (f" {said}" if said else "")
        return Refused(words, status=found.status, again=again, remedy=remedy)

    def _value(self, method: str, url: str, data: bytes) -> Any:
        if not data.strip():
            return None
        try:
            return parse(data, what="its answer")
        except UsageError as error:
            raise Refused(self._clean(f"{self._at(method, url)}: {error.message}"), remedy=_STRANGE) from None

    def _next(self, method: str, url: str, found: _Exchange) -> str | None:
        """Return the address of the next page (RFC 8288), which must be of the same origin."""
        for link in found.headers.get("link", "").split(","):
            address, *parameters = link.split(";")
            if any(one.strip().lower() in ('rel="next"', "rel=next") for one in parameters):
                return self._same_origin(method, url, address.strip().removeprefix("<").removesuffix(">"))
        return None

    def _same_origin(self, method: str, url: str, target: str) -> str:
        try:
            there = httpx2.URL(url).join(target)
        except httpx2.InvalidURL:
            there = httpx2.URL("")
        if not target or _origin(there) != _origin(self._root) or there.userinfo:
            raise Refused(f"{self._at(method, url)}: it leads to another host, which is not followed", remedy=_STRANGE)
        return str(there)

    def _at(self, method: str, url: str) -> str:
        """Name a request in messages: without its query, which holds nothing a person needs."""
        return self._clean(f"{self._api.forge}: {method} {httpx2.URL(url).path}")

    def _clean(self, text: str) -> str:
        """Return a text without the token, whoever put it there."""
        token = self._api.token
        return text if token is None else text.replace(token.secret, "***")


def _again(error: Exception) -> bool | float:
    """Tell stamina whether to try again, or in how many seconds."""
    return error.again if isinstance(error, Refused) else False


def _checked(api: Api) -> httpx2.URL:
    """Return the API's address; raises UsageError for one that is none, or would let the token be overheard."""
    remedy = "https://HOST/..., from the environment of the CI"
    try:
        root = httpx2.URL(api.root)
    except httpx2.InvalidURL:
        raise UsageError(f"the address of {api.forge}'s API is none", remedy=remedy) from None
    if root.userinfo or root.query or root.fragment or not root.host:
        raise UsageError(f"the address of {api.forge}'s API holds more than a host and a path", remedy=remedy)
    if root.scheme != "https" and not (root.scheme == "http" and root.host in _LOOPBACK):
        raise UsageError(f"the address of {api.forge}'s API is not https, so no token is sent there", remedy=remedy)
    if api.token is not None and not (api.token.secret.isascii() and api.token.secret.isprintable()):
        raise UsageError(f"the token for {api.forge} holds characters no token has", remedy="set it again, on one line")
    return root


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host.lower(), url.port or {"http": 80, "https": 443}.get(url.scheme)


def _message(data: bytes) -> str:
    """Return what a refusal says of itself, short; empty for a page of HTML."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return ""
    said = value.get("message", value.get("error", "")) if isinstance(value, dict) else ""
    return " ".join(str(said).split())[:200]
