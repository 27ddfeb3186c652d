"""What a server's HTTP answer means: arrivals, acceptance, or why not. Redirects are never followed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, NoReturn

from yett.core.message import Reply, Request
from yett.core.verdict import Deny
from yett.errors import UpstreamProtocolError, UpstreamRefused, UpstreamUnavailable
from yett.protocol import jsonrpc, usual_reply
from yett.protocol.event_ids import EventIds
from yett.protocol.jsonrpc import Bounds
from yett.upstream.ear import Ear, ModernEar, same_id
from yett.upstream.events import Events
from yett.upstream.upstream import Arrival
from yett.wire.client import Response
from yett.wire.http import ResponseHead

ERROR_BYTES: Final = 1024 * 1024
"""The body of an answer that is an error."""

_JSON: Final = b"application/json"
_EVENTS: Final = b"text/event-stream"
_OK: Final = range(200, 300)
_USUAL: Final = 200
_ELSEWHERE: Final = range(300, 400)
_NOT_US: Final = frozenset({401, 403})
_NOT_NOW: Final = frozenset({408, 429, 502, 503, 504})


class Single:
    """Iterates over one arrival."""

    __slots__ = ("_arrival",)

    def __init__(self, arrival: Arrival) -> None:
        self._arrival: Arrival | None = arrival

    def __aiter__(self) -> Single:
        return self

    async def finish(self) -> None:
        """Nothing is left to wait for."""

    async def __anext__(self) -> Arrival:
        arrival, self._arrival = self._arrival, None
        if arrival is None:
            raise StopAsyncIteration
        return arrival


async def answered(server: str, response: Response, ear: Ear, bounds: Bounds, ids: EventIds | None) -> Single | Events:
    """Return what the server answers to a request."""
    media_type, status = _media_type(response.head), response.head.status
    if status in _OK:
        if media_type == _JSON:
            body = response.whole(bounds.bytes)
            return Single(_only(await response.read(bounds.bytes) if body is None else body, ear, bounds, status))
        if media_type == _EVENTS:
            return Events(server, response.chunks(), ear, bounds, ids)
        raise UpstreamProtocolError(f"the server answered a request with {status} and no message")
    if status in _NOT_US or status in _ELSEWHERE or media_type != _JSON:
        refused(response)
    body = await response.read(ERROR_BYTES)
    arrival = _error(body, ear, bounds, status)
    if arrival is None:
        refused(response)
    return Single(arrival)


def whole(response: Response, server: str, request: Request, bounds: Bounds) -> Arrival | None:
    """Return the answer to a modern request that lies here whole, as one JSON reply; `None` for every other kind."""
    head = response.head
    if head.status != _USUAL or (head.aside != _JSON and _media_type(head) != _JSON):
        return None
    body = response.whole(bounds.bytes)
    if body is None:
        return None
    reply = usual_reply.read(body, bounds)  # 9,000 instructions of a call less than `_only()`
    if reply is not None and same_id(reply.id, request.id):
        return Arrival(message=reply, encoded=body)
    return _only(body, ModernEar(server, request), bounds, _USUAL)


def accepted(response: Response) -> None:
    """Check the answer to a message that expects no reply. Its body, if there is one, is of no interest."""
    if response.status not in _OK:
        refused(response)


def streamed(server: str, response: Response, ear: Ear, bounds: Bounds, ids: EventIds) -> AsyncIterator[Arrival]:
    """Return what the server says on a GET stream."""
    if response.status not in _OK:
        refused(response)
    if _media_type(response.head) != _EVENTS:
        raise UpstreamProtocolError("the server answered GET with something that is no event stream")
    return Events(server, response.chunks(), ear, bounds, ids)


def refused(response: Response) -> NoReturn:
    """Say what a status means. Nothing of the answer is passed on: its challenge is for us, not for the client."""
    status = response.status
    if status in _NOT_US:
        raise UpstreamRefused(f"the server refuses the gateway itself, with {status}: check its credentials")
    if status in _NOT_NOW:
        raise UpstreamUnavailable(f"the server cannot answer now: status {status}")
    if status in _ELSEWHERE:
        raise UpstreamProtocolError(f"the server redirects, with {status}: configure its final address")
    raise UpstreamProtocolError(f"the server answered with status {status}")


def _media_type(head: ResponseHead) -> bytes:
    """The media type, as it is remembered with the head."""
    known = head.aside
    if type(known) is not bytes:
        known = _read_media_type(head)
        head.put_aside(known)
    return known


def _read_media_type(head: ResponseHead) -> bytes:
    found = b""
    for name, value in head.headers:
        if name == b"content-type":
            found = found or value
        elif name == b"content-encoding" and value.lower() != b"identity":
            raise UpstreamProtocolError("the server compressed its answer, which it was not asked to")
    return found.partition(b";")[0].strip().lower()


def _only(body: bytes, ear: Ear, bounds: Bounds, status: int) -> Arrival:
    parsed = jsonrpc.parse(body, bounds, from_server=True)
    if type(parsed) is Deny:
        raise UpstreamProtocolError(f"the server's answer is no message: {parsed.reason.code}")
    message = parsed.message
    heard = None
    if type(message) is Reply:
        heard = ear.hear(message if message.id is not None else ear.complaint(message))
    if heard is None or ear.awaits_reply:
        raise UpstreamProtocolError("the server answered a request with something that is no reply")
    return Arrival(message=heard, encoded=parsed.encoded if heard is parsed.message else b"", status=status)


def _error(body: bytes, ear: Ear, bounds: Bounds, status: int) -> Arrival | None:
    """Return the JSON-RPC error in the body; `None` when there is none."""
    parsed = jsonrpc.parse(body, bounds, from_server=True)
    if type(parsed) is Deny or type(parsed.message) is not Reply or parsed.message.error is None:
        return None
    return _only(body, ear, bounds, status)
