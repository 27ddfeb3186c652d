"""A request as an ASGI server hands it over: read whole, within the config's bounds, and as strictly as on our wire."""

from __future__ import annotations

import asyncio
import ssl
from functools import lru_cache
from typing import Final

from msgspec import Struct

from yett.core.certificate import Certificate
from yett.upstream.app_pool import Receive, Scope
from yett.wire import fields
from yett.wire.http import Header, Incoming, RequestHead
from yett.wire.limits import ListenerLimits

_HEADERS: Final = 100
"""As many as our own listener takes."""
_CERTIFICATES: Final = 256
"""Remembered: the same one comes with every request of a connection."""
_SINGLETONS: Final = frozenset(
    {
        *(b"host", b"content-length", b"transfer-encoding", b"content-type", b"content-encoding", b"origin"),
        *(b"last-event-id", b"cookie", b"traceparent", b"expect"),
    }
)
"""What has one value. `authorization` and `mcp-*` are judged elsewhere, all their values."""


class Unfit(Struct, frozen=True):
    """Why a request is not judged at all: the status to answer, and words of our own."""

    status: int
    detail: str


class Gone(Struct, frozen=True):
    """Stands in the place of a request whose client left before it was whole."""


GONE: Final = Gone()


async def incoming(scope: Scope, receive: Receive, limits: ListenerLimits) -> Incoming | Unfit | Gone:
    """Read a whole request."""
    head = _head(scope, limits)
    if isinstance(head, Unfit):
        return head
    try:
        async with asyncio.timeout(limits.body_seconds):
            body = await _body(receive, limits.body_bytes)
    except TimeoutError:
        return Unfit(408, "the body took too long")
    if not isinstance(body, bytes):
        return body
    client = scope.get("client") or ("", 0)
    return Incoming(
        head=head,
        body=body,
        peer=str(client[0]),
        port=int(client[1] or 0),
        secure=scope.get("scheme") == "https",
        certificate=_certificate(scope),
    )


def _certificate(scope: Scope) -> Certificate | None:
    """The client's certificate, where the server has checked and tells it (ASGI's `tls` extension)."""
    said = (scope.get("extensions") or {}).get("tls") or {}
    chain = said.get("client_cert_chain") or ()
    return None if said.get("client_cert_error") or not chain else _read(str(next(iter(chain))))


@lru_cache(maxsize=_CERTIFICATES)
def _read(pem: str) -> Certificate | None:
    from yett.wire.x509 import client_certificate

    try:
        return client_certificate(ssl.PEM_cert_to_DER_cert(pem))
    except ValueError:
        return None


def _head(scope: Scope, limits: ListenerLimits) -> RequestHead | Unfit:
    headers: tuple[Header, ...] = tuple(
        [(bytes(name).lower(), bytes(value).strip(b" \t")) for name, value in scope["headers"]]
    )
    target = target_of(scope)
    size = len(target) + sum(len(name) + len(value) + 4 for name, value in headers)
    if size > limits.head_bytes or len(headers) > _HEADERS:
        return Unfit(431, "the head is too large")
    if name := fields.repeated(headers, _SINGLETONS):
        return Unfit(400, f"more than one `{name.decode()}` header")
    length = next((value for name, value in headers if name == b"content-length"), b"0")
    if fields.LENGTH.fullmatch(length) is None:
        return Unfit(400, "the length of the body is no number")
    if int(length) > limits.body_bytes:
        return Unfit(413, "the body is too large")
    return RequestHead(method=str(scope["method"]), target=target, headers=headers)


def target_of(scope: Scope) -> bytes:
    """What the request asks for, as the app sees it: the path below the app's root, and the query."""
    query = bytes(scope.get("query_string", b""))
    path = path_of(scope).encode("utf-8", "surrogateescape")
    return path + b"?" + query if query else path


def path_of(scope: Scope) -> str:
    """The path that the app routes by: decoded, and without the root that it is mounted at."""
    path, root = str(scope.get("path", "")), str(scope.get("root_path", ""))
    if root and (path == root or path.startswith(root.rstrip("/") + "/")):
        return path[len(root.rstrip("/")) :]
    return path


async def _body(receive: Receive, limit: int) -> bytes | Unfit | Gone:
    pieces: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] != "http.request":
            return GONE
        piece = bytes(event.get("body", b""))
        size += len(piece)
        if size > limit:
            return Unfit(413, "the body is too large")
        pieces.append(piece)
        if not event.get("more_body", False):
            return b"".join(pieces)
