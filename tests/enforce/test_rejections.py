from __future__ import annotations

import asyncio
from random import Random

from yett.enforce.inbound import ExchangeIds
from yett.enforce.rejections import PER_SECOND, QUEUE, Rejections


class Book:
    """Stands in for a ledger; remembers what it was told."""

    def __init__(self) -> None:
        self.refusals = []
        self.events = []

    async def refusal(self, exchange, deny, trail=()) -> None:
        self.refusals.append((exchange.channel.peer, deny.reason.code, deny.detail))

    async def event(self, kind, **fields) -> None:
        self.events.append((kind, fields))


def kept(*rejections) -> Book:
    book = Book()
    waiting = Rejections(ExchangeIds(Random(1)), clock=lambda: 0.0)
    for rejection in rejections:
        waiting.note(*rejection)
    asyncio.run(waiting.keep(book))
    return book


def test_each_rejection_is_one_record() -> None:
    book = kept(("192.0.2.1", 400, "bare LF"), ("192.0.2.2", 431, "too many headers"))
    assert book.refusals == [
        ("192.0.2.1", "http.refused", "400: bare LF"),
        ("192.0.2.2", "http.refused", "431: too many headers"),
    ]
    assert book.events == []


def test_a_flood_is_counted_exactly_and_fills_no_ledger() -> None:
    book = kept(*[("192.0.2.1", 400, "x")] * (QUEUE + 500))
    assert len(book.refusals) == PER_SECOND
    assert book.events == [("http-rejections", {"400": QUEUE + 500 - PER_SECOND})]
