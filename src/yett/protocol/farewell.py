"""How a stream that has no end of its own is ended in good order: by its era's own word for it."""

from __future__ import annotations

from yett.core.message import Message, Reply, Request
from yett.protocol.relay import SUBSCRIPTION


def farewell(message: Message) -> Reply | None:
    """Return the last message of the stream that answers `message`; `None` where such a stream just ends.

    A subscription ends with a result, so that the client can tell it from a broken connection (2026-07-28,
    `SubscriptionsListenResult`). The GET stream of a legacy session has no such word.
    """
    if not isinstance(message, Request):
        return None
    return Reply(id=message.id, result={"resultType": "complete", "_meta": {SUBSCRIPTION: message.id}})
