"""A guard: one security layer as a pure, synchronous judge."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import ClassVar

from yett.core.exchange import Exchange
from yett.core.message import Message
from yett.core.verdict import ALLOW, Verdict


class Phase(IntEnum):
    """Where a guard stands. The order is fixed here, not in configuration."""

    ADMIT = 1
    AUTHORIZE = 2
    METER = 3
    VALIDATE = 4
    INSPECT = 5
    REDACT = 6


class Mode(Enum):
    """`ENFORCE` acts on a verdict; `OBSERVE` only records it: the safe way to introduce a guard."""

    ENFORCE = "enforce"
    OBSERVE = "observe"


class Guard:
    """Base of all guards. Pure: the same exchange gives the same verdict; no I/O, no clock, no randomness.

    A guard overrides the directions it judges. ADMIT guards run before the body is read: `exchange.request` is
    `UNREAD` there, and of the rest they see `channel` and `server` alone (their answer is kept with the head of a
    request, which comes again and again on its connection). `check_reply` sees every message a server sends (replies,
    notifications, server requests): they all carry text.
    """

    name: ClassVar[str]
    phase: ClassVar[Phase]
    reads_encoding: ClassVar[bool] = False
    """True where `check_reply` takes a third argument: the reply's canonical encoding, empty where it is not known."""
    settled: ClassVar[bool] = False
    """True where the answer about a request follows from everything but its id and arguments, the exchange's id, time
    and encoding, and the quota. What is allowed then need not be asked again about calls that differ in these alone."""

    def check_request(self, exchange: Exchange) -> Verdict[Message]:
        """Judge what the client wants."""
        return ALLOW

    def check_reply(self, exchange: Exchange, reply: Message) -> Verdict[Message]:
        """Judge one message from the server, on its way to the client."""
        return ALLOW
