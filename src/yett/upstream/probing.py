"""Asking one server which eras it speaks, the modern one first, over whatever carries the questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from yett.core.exchange import Era
from yett.core.message import Reply
from yett.errors import PeerError, UpstreamError, UpstreamProtocolError, UpstreamTimeout, UpstreamUnavailable
from yett.upstream import offer
from yett.upstream.upstream import Arrival, Offer

_Asking: TypeAlias = AbstractAsyncContextManager[AsyncIterator[Arrival]]
_Answer: TypeAlias = Reply | UpstreamError | PeerError


async def probed(discovering: _Asking, greeting: _Asking, seconds: float) -> Offer:
    """Return what the two replies offer. Raises what the second question raised, when neither offers anything.

    Any answer but the right one counts as no: before 2026-07-28 there was no rule for questions a server does not know.
    A server that cannot be reached at all is not asked twice. Nor is one that speaks the modern era: `initialize` would
    break that era's rules for headers and `_meta`, and open a session for nothing. The legacy era is then not ruled
    out; a client that speaks it hears from the server itself whether it may.
    """
    modern = await _asked(discovering, seconds)
    if isinstance(modern, UpstreamUnavailable):
        raise modern
    versions = offer.discovered(modern) if isinstance(modern, Reply) else ()
    if versions:
        return Offer(eras=frozenset(Era), versions=versions)
    legacy = await _asked(greeting, seconds)
    found = offer.offered((), offer.agreed(legacy) if isinstance(legacy, Reply) else ())
    if not found.eras and isinstance(legacy, Exception):
        raise legacy
    return found


async def _asked(asking: _Asking, seconds: float) -> _Answer:
    try:
        async with asyncio.timeout(seconds), asking as arrivals:
            async for arrival in arrivals:
                if isinstance(arrival.message, Reply):
                    return arrival.message
    except TimeoutError:
        return UpstreamTimeout("the server did not answer in time when asked for its versions")
    except (UpstreamError, PeerError) as error:
        return error
    return UpstreamProtocolError("the server ended its answer without the reply")
