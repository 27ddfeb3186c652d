"""Judges a client's message; where only the server's list of tools is missing, waits for it."""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec.structs import replace

from yett.config.runtime import Runtime
from yett.core.exchange import Exchange, Principal
from yett.core.message import Message, Reply
from yett.core.pipeline import Judgement
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.enforce.blame import sign_in_needed
from yett.enforce.delivery import Delivery
from yett.errors import UpstreamError
from yett.guards.access import NOT_GRANTED
from yett.protocol.methods import targets
from yett.state.catalogue import Status
from yett.upstream.oauth.personal import Personal

SERVER_UNLISTED = Reason(
    code="upstream.unlisted",
    kind=Kind.UPSTREAM_UNAVAILABLE,
    public="it is not known yet which tools the MCP server has: it did not say, or cannot be reached",
)

_TOOL: Final = "tool"
_PATIENCE: Final = 4
"""How often `changed()`, which waits for some seconds, is awaited for a server's first answer of all."""


async def judged(runtime: Runtime, exchange: Exchange, delivery: Delivery) -> tuple[Exchange, Judgement[Message]]:
    """Return the pipeline's judgement, and the exchange that it is about.

    At the start, and while a server cannot be asked, none of its tools is known and every call is refused like a call
    of an unknown tool. A caller whom the policy lets call it need not be left with that: here the list is waited for a
    little, and if it does not come, that is the answer. Everybody else is refused at once, and learns nothing.
    A client that leaves meanwhile leaves a record.
    """
    judgement = runtime.pipeline.check_request(exchange)
    name = _tool_wanted(runtime, exchange, judgement)
    if name is None:
        return exchange, judgement
    if not runtime.catalogue.known(exchange.server):
        deny = await _unlisted(runtime, exchange, delivery, judgement)
        if deny is not None:
            return exchange, Judgement(verdict=deny, trail=judgement.trail)
    exchange = replace(exchange, tool=runtime.catalogue.find(exchange.server, name))
    return exchange, runtime.pipeline.check_request(exchange)


async def _unlisted(
    runtime: Runtime, exchange: Exchange, delivery: Delivery, judgement: Judgement[Message]
) -> Deny | None:
    """Wait for the list; what is to be said where it does not come, or where it is not what is missing."""
    personal = runtime.connections.get(exchange.server)
    if personal is not None and not await connected(personal, exchange.principal):
        # Whether the list is known or not, this is what the caller has to do about it.
        return sign_in_needed(personal.pages.sign_in, "the caller has not signed in at the server")
    delivery.waiting = True
    try:
        await _wait_for_list(runtime, exchange.server)
    except asyncio.CancelledError:
        if not delivery.anew:
            left = Deny(reason=SERVER_UNLISTED, detail=delivery.cut or "the client left")
            await runtime.ledger.refusal(exchange, left, judgement.trail)
        raise
    finally:
        delivery.waiting = False
    if runtime.catalogue.known(exchange.server):
        return None
    return Deny(reason=SERVER_UNLISTED, detail=runtime.catalogue.listing(exchange.server).detail)


async def connected(personal: Personal, principal: Principal) -> bool:
    """Whether a caller has signed in at a server himself. What cannot be told is told when the server is asked."""
    try:
        return await personal.has((principal.issuer, principal.subject))
    except UpstreamError:
        return True


async def _wait_for_list(runtime: Runtime, server: str) -> None:
    for _ in range(_PATIENCE):
        await runtime.changed(server)
        if runtime.catalogue.listing(server).status is not Status.UNLISTED:
            return


def _tool_wanted(runtime: Runtime, exchange: Exchange, judgement: Judgement[Message]) -> str | None:
    """The tool that was refused for nothing but that no list of tools was there; `None` for everything else.

    The list may have come since the exchange was established.
    """
    verdict, request = judgement.verdict, exchange.request
    if type(verdict) is not Deny or verdict.reason is not NOT_GRANTED or type(request) is Reply:
        return None
    if exchange.tool is not None:
        return None
    wanted = targets(request) or ()
    if len(wanted) != 1 or wanted[0].kind != _TOOL:
        return None
    decision = runtime.policy.decide(exchange.principal, exchange.server, _TOOL, wanted[0].name)
    return wanted[0].name if decision.allowed else None
