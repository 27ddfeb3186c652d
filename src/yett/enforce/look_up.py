"""Establishes an exchange where nobody knows yet who is calling: waits for what identity looks up, then asks again."""

from __future__ import annotations

import asyncio

from yett.config.runtime import Runtime
from yett.core.verdict import Deny
from yett.enforce.blame import FAILED_INSIDE
from yett.enforce.delivery import Delivery
from yett.enforce.establish import Established, establish
from yett.enforce.inbound import Inbound
from yett.identity.identify import UNAVAILABLE
from yett.identity.pending import ROUNDS, Pending


def tried(runtime: Runtime, inbound: Inbound, *, again: bool = False) -> Established:
    """Establish an exchange; a fault of ours on the way is a refusal."""
    try:
        return establish(runtime, inbound, again=again)
    except Exception as error:  # noqa: BLE001 - a fault of ours is refused and recorded here, too
        deny = Deny(reason=FAILED_INSIDE, detail=type(error).__name__)
        return Established(exchange=inbound.unread, deny=deny)


async def looked_up(runtime: Runtime, inbound: Inbound, delivery: Delivery, pending: Pending) -> Established:
    """Wait for what identity needs, and establish again. A client that leaves meanwhile leaves a record."""
    delivery.waiting = True
    detail = ""
    try:
        for _ in range(ROUNDS):
            detail = f"{pending.what} is still being looked up"
            await pending.wait()
            established = tried(runtime, inbound, again=True)
            if established.pending is None:
                return established
            pending = established.pending
    except asyncio.CancelledError:
        if not delivery.anew:
            left = Deny(reason=UNAVAILABLE, detail=delivery.cut or "the client left")
            await runtime.ledger.refusal(inbound.unread, left)
        raise
    finally:
        delivery.waiting = False
    return Established(exchange=inbound.unread, deny=Deny(reason=UNAVAILABLE, detail=detail, retry_after=1.0))
