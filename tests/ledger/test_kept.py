from __future__ import annotations

import asyncio

import pytest

from yett.errors import LedgerError
from yett.ledger.kept import Kept


def test_whoever_waits_goes_on_when_it_is_kept() -> None:
    async def story():
        waiting = Kept()
        waiting.kept()
        await waiting.future

    asyncio.run(story())


def test_whoever_waits_learns_that_it_is_not() -> None:
    async def story():
        waiting = Kept()
        waiting.unkept(LedgerError("full"))
        with pytest.raises(LedgerError, match="full"):
            await waiting.future

    asyncio.run(story())


def test_who_has_left_is_told_nothing() -> None:
    async def story():
        waiting = Kept()
        waiting.future.cancel()
        waiting.kept()
        waiting.unkept(LedgerError("full"))
        assert waiting.future.cancelled()

    asyncio.run(story())
