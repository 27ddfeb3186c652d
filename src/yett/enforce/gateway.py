"""The gateway mode: HTTP requests in, exchanges out. Routes by exact bytes; nothing is normalised or decoded twice."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from random import SystemRandom
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from yett import telemetry
from yett.config.runtime import Runtime
from yett.core.exchange import Channel, Entrance, Exchange
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.enforce.conductor import conduct, lasts
from yett.enforce.connect import connect, ours
from yett.enforce.establish import PEER_FLOOD, Established, stranger
from yett.enforce.http_delivery import HttpDelivery
from yett.enforce.inbound import ExchangeIds, Inbound, Verb
from yett.enforce.look_up import tried
from yett.enforce.plain_call import PlainCall, begin
from yett.enforce.preface import Preface
from yett.enforce.recheck import Running, recheck
from yett.errors import DownstreamGone, LedgerError
from yett.identity.credentials import presented
from yett.identity.front_door import Shown
from yett.upstream.upstream import Prompt, Upstream
from yett.wire.http import Header, Incoming, RequestHead
from yett.wire.responder import Answer

NOT_FOUND = Reason(
    code="http.not-found", kind=Kind.HTTP_NOT_FOUND, public="nothing is served here; MCP endpoints are `/<server>/mcp`"
)
QUERY_REFUSED = Reason(
    code="http.query", kind=Kind.HTTP_BAD_REQUEST, public="the endpoint takes no query string, and never a token in one"
)
METHOD_REFUSED = Reason(
    code="http.method", kind=Kind.HTTP_METHOD, public="the endpoint takes POST, and GET and DELETE within a session"
)
MEDIA_TYPE_REFUSED = Reason(
    code="http.media-type",
    kind=Kind.HTTP_MEDIA_TYPE,
    public="the body must be `application/json`, in UTF-8 and not compressed",
)
_VERBS: Final = {"POST": Verb.SAY, "GET": Verb.LISTEN, "DELETE": Verb.END}
_MEDIA_TYPES: Final = frozenset(
    {b"application/json", b"application/json; charset=utf-8", b"application/json;charset=utf-8"}
)

_BEAT_PATIENCE: Final = 0.05
KEEPALIVE_SECONDS: Final = 15.0
"""How long a stream may be silent before a comment is sent: as long as with the official SDKs."""


class Gateway:
    """Answers HTTP requests for MCP endpoints, each with the `runtime` that is current when it arrives."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        entrance: Entrance = Entrance.GATEWAY,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.runtime = runtime
        self._entrance = entrance
        self._clock = clock
        self._ids = ExchangeIds(SystemRandom())
        self._running: dict[HttpDelivery, Running] = {}

    def answer(self, incoming: Incoming, responder: Answer) -> Coroutine[Any, Any, None] | PlainCall:
        """Serve one request to its end: by itself, or as a coroutine. Cancelled by the wire when the client leaves."""
        runtime = self.runtime
        received_at = self._clock()
        exchange_id = self._ids.next(received_at)
        opening = _opening(runtime, incoming, self._entrance)
        preface = opening.preface
        delivery = HttpDelivery(responder, runtime, incoming.head.target, opening.cors)
        if opening.deny is not None:
            channel, server = preface.channel, preface.server
            if runtime.connections and ours(incoming.head.target):
                return connect(runtime, incoming, channel, responder, received_at)
            shown = _shown(runtime, incoming, channel)
            if isinstance(shown, Shown):
                return _show(shown, responder)
            deny = shown or stranger(runtime, channel.peer, opening.deny)
            exchange = Exchange(id=exchange_id, received_at=received_at, channel=channel, server=server)
            return _refuse(runtime, exchange, deny, delivery)
        inbound = Inbound(
            id=exchange_id,
            received_at=received_at,
            started=time.monotonic(),
            verb=opening.verb,
            preface=preface,
            body=incoming.body,
        )
        if opening.prompt is None:
            return self._served(inbound, delivery, None)
        established = tried(runtime, inbound)
        call = begin(opening.prompt, established, delivery, inbound, self._running.pop)
        if call is None:
            return self._served(inbound, delivery, established)
        self._running[delivery] = Running(delivery=delivery, credentials=preface.credentials)
        return call

    async def _served(self, inbound: Inbound, delivery: HttpDelivery, established: Established | None) -> None:
        while not await self._conducted(inbound, delivery, established):
            delivery, established = delivery.again(self.runtime), None

    async def _conducted(self, inbound: Inbound, delivery: HttpDelivery, established: Established | None) -> bool:
        """Conduct a message. False where that is to be done again, because what holds changed before it was judged."""
        self._running[delivery] = Running(delivery=delivery, credentials=inbound.preface.credentials)
        try:
            await conduct(delivery.runtime, inbound, delivery, established)
        except asyncio.CancelledError:
            if not delivery.anew or delivery.task is None or delivery.task.uncancel():  # the client has left as well
                raise
            return False
        finally:
            self._running.pop(delivery, None)
        return True

    async def beat(self) -> None:
        """Keep quiet streams alive. Call it every few seconds."""
        now = time.monotonic()
        for delivery in list(self._running):
            # One client that does not read must not keep the others waiting for their comments.
            with contextlib.suppress(DownstreamGone, TimeoutError):
                async with asyncio.timeout(_BEAT_PATIENCE):
                    await delivery.beat(now, KEEPALIVE_SECONDS)

    def recheck(self) -> int:
        """End what the current runtime would refuse; return how many exchanges that were."""
        return recheck(self.runtime, self._running.values(), self._clock())

    def dismiss(self, why: str, upstream: Upstream | None = None) -> int:
        """End the streams that have no end of their own (all, or those of one upstream) in good order; count them."""
        dismissed = 0
        for one in self._of(upstream):
            delivery = one.delivery
            exchange = delivery.exchange
            if exchange is not None and delivery.begun and not delivery.cut and lasts(exchange.request):
                delivery.cut, delivery.dismissed = why, True
                one.end()
                dismissed += 1
        return dismissed

    def using(self, upstream: Upstream) -> set[asyncio.Future[None]]:
        """Return the exchanges that an upstream serves, as something to wait for."""
        tasks: list[object] = [one.delivery.task for one in self._of(upstream)]
        return {task for task in tasks if isinstance(task, asyncio.Future)}

    def _of(self, upstream: Upstream | None) -> list[Running]:
        running = list(self._running.values())
        return running if upstream is None else [one for one in running if _served_by(one, upstream)]

    @property
    def running(self) -> int:
        """How many exchanges are being answered."""
        return len(self._running)


def _served_by(one: Running, upstream: Upstream) -> bool:
    exchange = one.delivery.exchange
    return exchange is not None and one.delivery.runtime.upstreams.get(exchange.server) is upstream


class _Opening(Struct, frozen=True, kw_only=True):
    """What a head settles under one configuration. `deny` is set where it settles everything."""

    runtime: Runtime
    preface: Preface
    verb: Verb
    deny: Deny | None
    prompt: Prompt | None
    """The upstream, where the message may be one that is answered without a task."""
    cors: tuple[Header, ...] = ()


def _opening(runtime: Runtime, incoming: Incoming, entrance: Entrance) -> _Opening:
    """Read a head, or recall what was read when it came the last time. Heads are remembered per connection."""
    known = incoming.head.aside
    if type(known) is _Opening and known.runtime is runtime:
        return known
    head = incoming.head
    channel = Channel(
        entrance=entrance,
        peer=incoming.peer,
        host=_text(head.get(b"host")),
        origin=_text(head.get(b"origin")),
        secure=incoming.secure,
    )
    server = runtime.routes.get(head.target, "")
    proof = presented(head.headers, head.method, head.target.decode("latin-1"))
    upstream = runtime.upstreams.get(server)
    opening = _Opening(
        runtime=runtime,
        preface=Preface(channel, server, head.headers, incoming.certificate, proof),
        verb=_VERBS.get(head.method, Verb.SAY),
        deny=_refused_by_shape(runtime, head, server),
        prompt=upstream if head.method == "POST" and isinstance(upstream, Prompt) else None,
        cors=runtime.front.cors(channel.origin),
    )
    if proof is None:  # a proof is one request's, whatever head comes again
        head.put_aside(opening)
    return opening


def _refused_by_shape(runtime: Runtime, head: RequestHead, server: str) -> Deny | None:
    """What the head alone settles: path, method, media type."""
    if not server:
        path, mark, _ = head.target.partition(b"?")
        return Deny(reason=QUERY_REFUSED) if mark and path in runtime.routes else _not_found(runtime)
    if head.method not in _VERBS:
        return Deny(reason=METHOD_REFUSED, detail=head.method[:16], supported=("POST", "GET", "DELETE"))
    if head.get(b"content-encoding") is not None:
        return Deny(reason=MEDIA_TYPE_REFUSED, detail="content-encoding")
    if head.method == "POST" and (head.get(b"content-type") or b"").lower() not in _MEDIA_TYPES:
        return Deny(reason=MEDIA_TYPE_REFUSED, detail="content-type")
    return None


def _not_found(runtime: Runtime) -> Deny:
    if len(runtime.routes) != 1:
        return Deny(reason=NOT_FOUND)
    [endpoint] = runtime.routes  # an app has one, at a path of its own
    return Deny(reason=NOT_FOUND, public=f"nothing is served here; the MCP endpoint is `{endpoint.decode()}`")


def _shown(runtime: Runtime, incoming: Incoming, channel: Channel) -> Shown | Deny | None:
    """What needs no credential: metadata, and preflights. They count like everything else that a peer asks."""
    head = incoming.head
    asked = head.get(b"access-control-request-headers") or b""
    shown = runtime.front.shown(head.method, head.target, channel.origin, asked)
    if shown is None:
        return None
    flood = runtime.counters.admit(channel.peer)
    if flood.spent:
        return Deny(reason=PEER_FLOOD, detail=flood.spent, retry_after=flood.retry_after)
    # Any page may read the metadata: only the name that it was asked under is judged here.
    anybody = replace(channel, origin=None)
    return runtime.pipeline.admit(Exchange(id="", received_at=0.0, channel=anybody, server="")) or shown


async def _show(shown: Shown, responder: Answer) -> None:
    responder.send(shown.status, shown.headers, shown.body)


async def _refuse(runtime: Runtime, exchange: Exchange, deny: Deny, delivery: HttpDelivery) -> None:
    telemetry.DECISIONS.add(exchange.server, "denied", deny.reason.code)
    try:
        await runtime.ledger.refusal(exchange, deny)
    except LedgerError as error:
        telemetry.warning("ledger.unwritable", exchange=exchange.id, error=str(error))
    await delivery.refuse(deny, exchange)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
