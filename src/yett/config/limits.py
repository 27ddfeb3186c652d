"""Limits: how much, how often, how long. Every one has a default and bounds; none can be switched off."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from yett.config.fields import Section, Shorthand, Text, seconds, size
from yett.config.units import PACE_PATTERN, Pace, Seconds, Size


def _one_period(given: dict[str, Any]) -> int:
    return int(given["rate"])


class Rate(Section):
    """So many calls in so much time. Shorthand: the rate alone, `600/min`."""

    rate: Annotated[Pace, Text(Pace.parse, PACE_PATTERN, ("600/min",))]
    """Calls in one period; periods are `s`, `min`, `h` and `d`."""
    burst: int = Field(default_factory=_one_period, ge=1, le=1_000_000_000)
    """Calls that may come at once after a quiet time. Without it: as many as one period allows."""

    @property
    def per(self) -> Seconds:
        """The period in seconds."""
        return self.rate.per


RateEntry = Annotated[Rate, Shorthand("rate", PACE_PATTERN, ("600/min",))]
"""A rate as it is written: `600/min`, or in full."""


class Limits(Section):
    """How much, how often, how long: rates refuse what comes too soon, sizes and times end what grows too large."""

    user: RateEntry = Rate(rate=Pace(600, 60))
    """Calls of one user, all servers and tools together."""
    tool: RateEntry | None = None
    """Calls of one user to one tool. Without it only `user` counts."""
    peer: RateEntry = Rate(rate=Pace(60_000, 60))
    """Requests from one network address, counted before anybody is known. A whole company may share one."""
    concurrency: int = Field(default=100, ge=1, le=100_000)
    """Calls of one user to one server that may run at the same time, and as many streams beside them."""
    body: Annotated[Size, size("1KiB", "64MiB")] = Size.parse("1MiB")
    """Size of one message from a client."""
    reply: Annotated[Size, size("1KiB", "256MiB")] = Size.parse("16MiB")
    """Size of one message from a server."""
    head: Annotated[Size, size("1KiB", "256KiB")] = Size.parse("16KiB")
    """Size of the request line and all headers."""
    timeout: Annotated[Seconds, seconds("1s", "1h")] = Seconds.parse("60s")
    """How long a server may stay silent during a call: until its first byte, and between two."""
    deadline: Annotated[Seconds, seconds("1s", "1d")] = Seconds.parse("10min")
    """How long one call may take in all."""
    connect_timeout: Annotated[Seconds, seconds("100ms", "1min")] = Seconds.parse("5s")
    """How long connecting to a server may take."""
    head_timeout: Annotated[Seconds, seconds("100ms", "1min")] = Seconds.parse("10s")
    """How long a client may take to send the request line and headers."""
    body_timeout: Annotated[Seconds, seconds("100ms", "10min")] = Seconds.parse("30s")
    """How long a client may take to send a body."""
    write_timeout: Annotated[Seconds, seconds("100ms", "10min")] = Seconds.parse("30s")
    """How long a client may leave an answer unread."""
    idle_timeout: Annotated[Seconds, seconds("1s", "1h")] = Seconds.parse("75s")
    """How long an unused connection of a client is kept."""
    connections: int = Field(default=10_000, ge=1, le=1_000_000)
    """Connections of clients at the same time."""
    connections_per_peer: int = Field(default=1_000, ge=1, le=1_000_000)
    """Connections from one network address at the same time."""
    upstream_connections: int = Field(default=100, ge=1, le=100_000)
    """Connections to one server at the same time."""
    sessions: int = Field(default=1_000, ge=1, le=1_000_000)
    """Sessions of clients from before 2026-07-28 at the same time."""
    session_idle: Annotated[Seconds, seconds("10s", "7d")] = Seconds.parse("30min")
    """How long a session may stay unused."""
    processes: int = Field(default=64, ge=1, le=10_000)
    """Processes of one `command` server at the same time: one per session, and one for clients without sessions. One
    user gets half of them at most."""
    drain: Annotated[Seconds, seconds("0s", "1h")] = Seconds.parse("20s")
    """How long running calls may go on after the gateway was told to stop."""
