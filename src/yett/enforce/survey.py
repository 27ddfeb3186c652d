"""Keeps the catalogue true: asks each server which eras it speaks and which tools it has.

The gateway asks as itself, through a pipeline of its own that lets nothing but these few methods pass: at start, when a
server says that its list changed, and after a time. A server that cannot be asked keeps no old answers: its tools are
unknown until it answers again.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from yett import __version__, telemetry
from yett.config.runtime import Runtime
from yett.core.exchange import Channel, Entrance, Era, Exchange
from yett.core.message import JsonObject, Message, Notification, Reply, Request
from yett.core.verdict import Deny
from yett.errors import UpstreamError, UpstreamProtocolError, YettError
from yett.guards.housekeeping import GATEWAY
from yett.policy.grant import Grant
from yett.protocol import document
from yett.protocol.headers import LEGACY_VERSIONS, MODERN_VERSIONS
from yett.protocol.session import Stage, server_answers
from yett.state.catalogue import Listing, Status
from yett.state.sessions import ID_BYTES, Session
from yett.upstream.upstream import Call, Offer

REFRESH_SECONDS: Final = 300.0
RETRY_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Pauses after failures; the last one repeats."""
ASK_SECONDS: Final = 30.0
"""For one server's whole answer. A stdio server may have to be fetched by its launcher first."""
SETTLE_SECONDS: Final = 5.0
"""How long a client that hears of a changed list waits for the catalogue to follow."""
CALM_SECONDS: Final = 1.0
"""At most one listing per server in this time, however often the server says that its list changed."""
_PAGES: Final = 100
_LISTING_BYTES: Final = 32 * 1024 * 1024
"""All pages of one listing together: a hundred pages of the largest size would fill the memory."""
_TURN_SECONDS: Final = 0.01
"""Time spent on definitions before everybody else has a turn. A hostile schema may take twice as long to compile."""
_REPORTED: Final = 20
"""Problems and changes of one listing that are logged; all problems are kept in the listing."""


ABLE: Final[JsonObject] = {"sampling": {}, "elicitation": {"form": {}, "url": {}}, "roots": {}}
"""What the gateway says it can do when it lists tools. Some servers (server-everything is one) show a tool only to
clients that can answer its questions, and what the gateway has not seen nobody can call. Listing asks no questions."""


class Surveyor:
    """One task per server, owned by whoever runs `watch()`."""

    def __init__(self, runtime: Callable[[], Runtime]) -> None:
        self._runtime = runtime
        self._wanted: dict[str, asyncio.Event] = {}
        self._first: dict[str, asyncio.Event] = {}
        self._waiting: dict[str, list[asyncio.Event]] = {}

    async def changed(self, server: str) -> None:
        """List the server's tools again, and wait a little for it to be done.

        A listing that runs already may have missed the change, so its end is not enough; only for the very first one.
        """
        wanted, done = self._wanted.get(server), self._first.get(server)
        if wanted is None or done is None:
            return
        if done.is_set():
            done = asyncio.Event()
            self._waiting[server].append(done)
        wanted.set()
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await done.wait()
        except TimeoutError:
            telemetry.warning("catalogue.late", server=server)
        finally:
            if done in self._waiting[server]:
                self._waiting[server].remove(done)

    def want(self, server: str) -> None:
        """Have a server asked again soon."""
        if server in self._wanted:
            self._wanted[server].set()

    async def watch(self, server: str) -> None:
        """Survey one server for as long as it is configured. Ends with its task."""
        wanted = self._wanted.setdefault(server, asyncio.Event())
        first = self._first.setdefault(server, asyncio.Event())
        waiting = self._waiting.setdefault(server, [])
        failures = 0
        while True:
            wanted.clear()
            asked, waiting[:] = list(waiting), []
            if await self.once(server):
                failures = 0
                pause = REFRESH_SECONDS
            else:
                pause = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
                failures += 1
            for done in (first, *asked):
                done.set()
            await asyncio.sleep(CALM_SECONDS)
            try:
                async with asyncio.timeout(pause):
                    await wanted.wait()
            except TimeoutError:
                continue

    async def once(self, server: str) -> bool:
        """Ask one server now; the catalogue and the offers hold the answer, or that there is none."""
        runtime = self._runtime()
        try:
            async with asyncio.timeout(ASK_SECONDS):
                offer = await runtime.upstreams[server].probe()
                runtime.offers[server] = offer
                tools = await _list_tools(runtime, server, offer)
        except (YettError, TimeoutError) as error:
            telemetry.warning("upstream.unsurveyed", server=server, error=str(error) or "no answer in time")
            telemetry.UPSTREAM_UP.set(server, value=0)
            runtime.catalogue.fail(server, str(error) or "no answer in time")
            return False
        problems = runtime.catalogue.replace(server, tools, time.monotonic())
        await _report(runtime, server, problems)
        telemetry.UPSTREAM_UP.set(server, value=1)
        telemetry.TOOLS.set(server, value=len(tools))
        return True


async def _report(runtime: Runtime, server: str, problems: tuple[str, ...]) -> None:
    """Say what an administrator should know of a new listing: bad definitions, unusable tools, idle rules."""
    listing = runtime.catalogue.listing(server)
    found = [*problems, *[f"tool `{name}` cannot be used: {flaw}" async for name, flaw in _flaws(runtime, listing)]]
    found += [f"{grant.index} ({grant.where}) matches no tool: `{grant.pattern}`" for grant in _idle(runtime, server)]
    for problem in found[:_REPORTED]:
        telemetry.warning("catalogue.problem", server=server, problem=problem)
    for name in (*listing.change.added, *listing.change.changed, *listing.change.removed)[:_REPORTED]:
        telemetry.event("catalogue.changed", server=server, tool=name)


async def _flaws(runtime: Runtime, listing: Listing) -> AsyncIterator[tuple[str, str]]:
    """The tools that cannot be used, and why. Compiling thousands of schemas takes its time, in small turns."""
    began = time.monotonic()
    for tool in listing.tools.values():
        flaw = runtime.flaw(tool)
        if flaw:
            yield tool.name, flaw
        if time.monotonic() - began > _TURN_SECONDS:
            await asyncio.sleep(0)
            began = time.monotonic()


def _idle(runtime: Runtime, server: str) -> list[Grant]:
    """Rules about this server that match nothing. What they mean elsewhere is unknown while others are not listed."""
    listings = {name: runtime.catalogue.listing(name) for name in runtime.upstreams}
    tools = {name: one.tools.keys() if one.status is Status.LISTED else None for name, one in listings.items()}
    return [grant for grant in runtime.policy.unmatched(tools) if grant.pattern.partition(".")[0] in (server, "*")]


async def _list_tools(runtime: Runtime, server: str, offer: Offer) -> list[JsonObject]:
    if Era.MODERN in offer.eras:
        return await _pages(runtime, server, None)
    if Era.LEGACY not in offer.eras:
        raise UpstreamProtocolError("the server speaks no protocol version that we know")
    session = Session(secrets.token_hex(ID_BYTES), owner=(GATEWAY.issuer, GATEWAY.subject), server=server)
    try:
        await _shake_hands(runtime, server, session)
        return await _pages(runtime, server, session)
    finally:
        await runtime.upstreams[server].end(session)


async def _shake_hands(runtime: Runtime, server: str, session: Session) -> None:
    version = LEGACY_VERSIONS[0]
    session.stage = Stage.INITIALIZING
    hello = Request(
        id="yett-0",
        method="initialize",
        params={
            "protocolVersion": version,
            "capabilities": ABLE,
            "clientInfo": {"name": "yett", "version": __version__},
        },
    )
    reply = await _ask(runtime, server, hello, session)
    agreed = reply.get("protocolVersion")
    if agreed not in LEGACY_VERSIONS:
        raise UpstreamProtocolError("the server agreed on a protocol version that does not exist")
    session.version = agreed
    session.stage = server_answers(session.stage, Reply(id="yett-0", result=reply))
    await _ask(runtime, server, Notification(method="notifications/initialized"), session)
    session.stage = Stage.READY


async def _pages(runtime: Runtime, server: str, session: Session | None) -> list[JsonObject]:
    """All pages of `tools/list`; a cursor that does not advance ends the listing with an error."""
    tools: list[JsonObject] = []
    size = 0
    cursor: str | None = None
    seen: set[str] = set()
    for page in range(1, _PAGES + 1):
        params: JsonObject = {} if cursor is None else {"cursor": cursor}
        if session is None:
            params["_meta"] = {
                "io.modelcontextprotocol/protocolVersion": MODERN_VERSIONS[0],
                "io.modelcontextprotocol/clientCapabilities": ABLE,
                "io.modelcontextprotocol/clientInfo": {"name": "yett", "version": __version__},
            }
        result = await _ask(runtime, server, Request(id=f"yett-{page}", method="tools/list", params=params), session)
        listed = result.get("tools")
        if not isinstance(listed, list):
            raise UpstreamProtocolError("`tools/list` answered without a list of tools")
        tools.extend(listed)
        size += len(document.encode(listed))
        if size > _LISTING_BYTES:
            raise UpstreamProtocolError(f"`tools/list` is larger than {_LISTING_BYTES} bytes in all")
        cursor = result.get("nextCursor")
        if not cursor:
            return tools
        if not isinstance(cursor, str) or cursor in seen:
            break
        seen.add(cursor)
    raise UpstreamProtocolError("`tools/list` does not come to an end")


async def _ask(runtime: Runtime, server: str, message: Message, session: Session | None) -> dict[str, Any]:
    """Send one message of the gateway's own and return the result; empty for a notification."""
    era = Era.MODERN if session is None else Era.LEGACY
    version = MODERN_VERSIONS[0] if session is None else session.version or LEGACY_VERSIONS[0]
    exchange = Exchange(
        id="survey",
        received_at=time.time(),
        channel=Channel(entrance=Entrance.GATEWAY, peer=""),
        server=server,
        principal=GATEWAY,
        request=message,
        era=era,
        version=version,
    )
    cleared = runtime.housekeeping.check_request(exchange).verdict
    if isinstance(cleared, Deny):
        raise UpstreamError(f"the gateway may not ask: {cleared.reason.code}")
    call = Call(era=era, version=version, session=session, caller=None)
    async with runtime.upstreams[server].open(cleared, call) as arrivals:
        async for arrival in arrivals:
            reply = arrival.message
            if isinstance(reply, Reply) and isinstance(message, Request) and reply.id == message.id:
                if reply.error is not None:
                    raise UpstreamProtocolError(f"`{message.method}` failed with {reply.error.code}")
                return reply.result if isinstance(reply.result, dict) else {}
    if isinstance(message, Request):
        raise UpstreamProtocolError(f"`{message.method}` was not answered")
    return {}
