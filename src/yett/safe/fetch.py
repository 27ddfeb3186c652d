"""Asks a URL that came from a stranger: the checked address is dialled, redirects are checked anew, all is bounded.

Environment variables that name proxies are not read: a proxy would look the name up once more, by itself.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from urllib.parse import urljoin

from yett.errors import FetchFailed, UnsafeInput
from yett.safe.url import HTTPS, LOOKUP_SECONDS, Reach, Target, check_url

TIMEOUT_SECONDS: Final = 10.0
BODY_BYTES: Final = 1024 * 1024
REDIRECTS: Final = 3

_CHUNK: Final = 64 * 1024
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_REPEATABLE: Final = frozenset({"GET", "HEAD"})
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OURS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_PERSONAL: Final = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A whole answer. `url` is where it came from, after redirects; names of `headers` are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is shown as a replacement character."""
        return self.body.decode("utf-8", "replace")


def fetch_url(
    url: str,
    reach: Reach = HTTPS,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    timeout: float = TIMEOUT_SECONDS,
    max_bytes: int = BODY_BYTES,
    redirects: int = REDIRECTS,
) -> Fetched:
    """Ask, and return the whole answer, whatever its status. Everything together takes at most `timeout` seconds.

    `reach` is that of `check_url`, and holds for redirects too. Only GET and HEAD follow them; from https to http
    never, and to another host without credentials. Raises `UnsafeInput` or `FetchFailed`. Blocks its thread: in a
    coroutine, use `fetch_url_async`.
    """
    deadline = time.monotonic() + timeout
    asked = _Question(method=method, headers=_checked(method, headers or {}), body=body, tls=reach.tls)
    for _ in range(redirects + 1):
        target = check_url(url, reach, timeout=min(_left(deadline), LOOKUP_SECONDS))
        answer = _ask(target, asked, deadline, max_bytes)
        location = answer.headers.get("location")
        if answer.status not in _MOVED or location is None or method not in _REPEATABLE:
            return answer
        url, asked = _followed(target, location, asked)
    raise FetchFailed(f"more than {redirects} redirects")


async def fetch_url_async(
    url: str,
    reach: Reach = HTTPS,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    timeout: float = TIMEOUT_SECONDS,  # noqa: ASYNC109 - it goes to the thread
    max_bytes: int = BODY_BYTES,
    redirects: int = REDIRECTS,
) -> Fetched:
    """As `fetch_url`, in a thread. Cancelled, it returns at once; the thread ends within `timeout` seconds."""
    import asyncio

    ask = partial(fetch_url, method=method, headers=headers, body=body)
    return await asyncio.to_thread(ask, url, reach, timeout=timeout, max_bytes=max_bytes, redirects=redirects)


@dataclass(frozen=True, kw_only=True)
class _Question:
    method: str
    headers: Mapping[str, str]
    body: bytes
    tls: ssl.SSLContext | None


def _checked(method: str, headers: Mapping[str, str]) -> Mapping[str, str]:
    if method not in _METHODS:
        raise ValueError(f"`{method}` is no method: {', '.join(sorted(_METHODS))}")
    taken = {name for name in headers if name.lower() in _OURS}
    if taken:
        raise ValueError(f"`{min(taken)}` is set here and cannot be given")
    return headers


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise FetchFailed("the answer took too long")
    return left


def _followed(target: Target, location: str, asked: _Question) -> tuple[str, _Question]:
    url = urljoin(target.url, location).partition("#")[0]
    if target.scheme == "https" and not url.startswith("https:"):
        raise UnsafeInput("a redirect from https to something weaker is not followed")
    origin = f"{target.scheme}://{target.authority}"
    if url.startswith((origin + "/", origin + "?")) or url == origin:
        return url, asked
    kept = {name: value for name, value in asked.headers.items() if name.lower() not in _PERSONAL}
    return url, _Question(method=asked.method, headers=kept, body=asked.body, tls=asked.tls)


class _Connection(http.client.HTTPConnection):
    """Dials what was checked. A timer ends it: each byte in time is not the whole in time."""

    def __init__(self, target: Target, deadline: float, tls: ssl.SSLContext | None) -> None:
        super().__init__(target.host, target.port)
        self._target = target
        self._deadline = deadline
        self._tls = tls
        self._timer: threading.Timer | None = None

    def connect(self) -> None:
        """Try the addresses one after the other."""
        self.sock = self._dialled()
        self._timer = threading.Timer(_left(self._deadline), self._cut)
        self._timer.daemon = True
        self._timer.start()
        if self._target.scheme == "https":
            context = self._tls or ssl.create_default_context()
            host = self._target.host
            # Without a handshake first: the timer must see the socket that now carries the connection.
            wrapped = context.wrap_socket(self.sock, server_hostname=host, do_handshake_on_connect=False)
            self.sock = wrapped
            wrapped.do_handshake()

    def close(self) -> None:
        """Close, and stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
        super().close()

    def _dialled(self) -> socket.socket:
        failed: OSError | None = None
        for address in self._target.addresses:
            try:
                return socket.create_connection((address, self._target.port), timeout=_left(self._deadline))
            except OSError as error:
                failed = error
        raise failed or OSError("no address")

    def _cut(self) -> None:
        carrying = self.sock
        with suppress(OSError):  # it is closed already
            if carrying is not None:
                # The plain method: TLS must not be taken apart under whoever is reading.
                socket.socket.shutdown(carrying, socket.SHUT_RDWR)


def _ask(target: Target, asked: _Question, deadline: float, most: int) -> Fetched:
    connection = _Connection(target, deadline, asked.tls)
    try:
        headers = {"User-Agent": "yett", **asked.headers, "Host": target.authority, "Accept-Encoding": "identity"}
        connection.request(asked.method, target.path, body=asked.body or None, headers=headers)
        return _answered(target, connection.getresponse(), deadline, most)
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        _left(deadline)  # a connection that was cut by the timer fails in many ways
        raise FetchFailed(f"`{target.authority}` gave no answer: {type(error).__name__}") from error
    finally:
        connection.close()


def _answered(target: Target, response: http.client.HTTPResponse, deadline: float, most: int) -> Fetched:
    headers = {name.lower(): value for name, value in response.getheaders()}
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise FetchFailed("the answer is compressed, which was not asked for")
    body = bytearray()
    while chunk := response.read(min(_CHUNK, most + 1 - len(body))):
        body += chunk
        if len(body) > most:
            raise FetchFailed(f"the answer is longer than {most} bytes")
    _left(deadline)  # what the timer cut off may look like the end
    if response.length:
        raise FetchFailed("the answer is shorter than it said")
    return Fetched(url=target.url, status=response.status, headers=headers, body=bytes(body))
