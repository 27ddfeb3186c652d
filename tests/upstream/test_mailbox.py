from __future__ import annotations

import asyncio

import pytest

from yett.core.message import Notification
from yett.errors import UpstreamProtocolError, UpstreamTimeout, UpstreamUnavailable
from yett.upstream.mailbox import BYTES, MESSAGES, NOTHING, Mailbox
from yett.upstream.upstream import Arrival


def letter(number=0) -> Arrival:
    return Arrival(message=Notification(method=f"notifications/{number}"))


async def all_of(mailbox) -> list[Arrival]:
    return [arrival async for arrival in mailbox]


def test_letters_are_taken_in_order_up_to_the_end():
    async def story():
        mailbox = Mailbox(1)
        for number in range(3):
            mailbox.put(letter(number), 1)
        mailbox.end()
        mailbox.put(letter(9), 1)
        assert await all_of(mailbox) == [letter(0), letter(1), letter(2)]
        assert mailbox.over

    asyncio.run(story())


def test_a_reader_waits_for_the_next_letter():
    async def story():
        mailbox = Mailbox(5)
        reading = asyncio.create_task(all_of(mailbox))
        for number in range(2):
            await asyncio.sleep(0)
            mailbox.put(letter(number), 1)
        await asyncio.sleep(0)
        mailbox.end()
        assert await reading == [letter(0), letter(1)]

    asyncio.run(story())


def test_a_failure_comes_after_what_came_before_it():
    async def story():
        mailbox = Mailbox(1)
        mailbox.put(letter(), 1)
        mailbox.fail(UpstreamUnavailable("first"))
        mailbox.fail(UpstreamProtocolError("second"))
        await mailbox.ready()
        assert await anext(mailbox) == letter()
        for _ in range(2):
            with pytest.raises(UpstreamUnavailable, match="first"):
                await anext(mailbox)

    asyncio.run(story())


def test_silence_has_an_end_and_the_first_word_may_have_another():
    async def story():
        with pytest.raises(UpstreamTimeout, match=r"silent for 0\.01 seconds"):
            await Mailbox(0.01).ready()
        mailbox = Mailbox(60, first=0.01)
        with pytest.raises(UpstreamTimeout):
            await mailbox.ready()
        mailbox = Mailbox(0.01, first=60)
        mailbox.put(letter(), 1)
        assert await anext(mailbox) == letter()
        with pytest.raises(UpstreamTimeout):
            await anext(mailbox)

    asyncio.run(story())


@pytest.mark.parametrize(("count", "size"), [(MESSAGES, 1), (4, BYTES // 4)])
def test_a_reader_that_lets_too_much_lie_loses_it_all_and_is_told(count, size):
    async def story():
        mailbox = Mailbox(1)
        for number in range(count):
            mailbox.put(letter(number), size)
        assert not mailbox.over
        mailbox.put(letter(), 1)
        with pytest.raises(UpstreamUnavailable, match="more came"):
            await anext(mailbox)

    asyncio.run(story())


def test_one_message_always_fits():
    async def story():
        mailbox = Mailbox(1)
        mailbox.put(letter(), 10 * BYTES)
        assert await anext(mailbox) == letter()

    asyncio.run(story())


def test_what_was_taken_makes_room():
    async def story():
        mailbox = Mailbox(1)
        for number in range(3 * MESSAGES):
            mailbox.put(letter(number), BYTES // 2)
            assert await anext(mailbox) == letter(number)

    asyncio.run(story())


def test_nothing_is_empty_every_time():
    async def story():
        await NOTHING.ready()
        assert await all_of(NOTHING) == []

    asyncio.run(story())
    asyncio.run(story())
