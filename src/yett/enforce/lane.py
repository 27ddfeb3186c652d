"""What follows from a head, a caller and the fixed part of a call: judged once, and not again while all of it holds."""

from __future__ import annotations

from typing import Final

from yett.config.runtime import Runtime
from yett.core.exchange import Exchange, Principal, Tool
from yett.core.pipeline import Prepared
from yett.protocol.headers import Story
from yett.protocol.usual_call import Likeness
from yett.upstream.upstream import Call, Offer

MOST: Final = 8
"""Lanes of one head; a head that names its tool has one for each way to write `_meta`."""


class Lane:
    """What calls that differ in id and arguments alone have in common (decision 0016).

    It belongs to one head of one connection under one configuration. Whoever uses it compares the caller and the tool:
    another token, a revoked one or a listing that changed the tool is another lane.
    """

    __slots__ = ("call", "offer", "prepared", "principal", "story", "tool")

    def __init__(self, call: Call, principal: Principal, story: Story, tool: Tool, prepared: Prepared) -> None:
        self.call = call
        self.principal = principal
        self.story = story
        self.tool = tool
        self.prepared = prepared
        self.offer: Offer | None = None
        """What the server said it speaks when such a call was last found fit to be sent, whatever its arguments."""


class Lanes:
    """The lanes of one head. Bounded: when full, it starts anew."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[Likeness, Lane] = {}

    def find(self, runtime: Runtime, principal: Principal, server: str, likeness: Likeness) -> Lane | None:
        """The lane of calls like this, if what it was made from still holds."""
        lane = self._known.get(likeness)
        if (
            lane is None
            or lane.principal is not principal
            or lane.prepared.pipeline is not runtime.pipeline
            or lane.tool is not runtime.catalogue.find(server, likeness.name)
        ):
            return None
        return lane

    def keep(self, runtime: Runtime, exchange: Exchange, story: Story, likeness: Likeness, call: Call) -> None:
        """Make the lane of an exchange that went the general way and was let pass; `call` is what was sent with it."""
        tool = exchange.tool
        if tool is None or exchange.tasks:
            return
        prepared = runtime.pipeline.prepare(exchange)
        if prepared is None:
            return
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[likeness] = Lane(call, exchange.principal, story, tool, prepared)
