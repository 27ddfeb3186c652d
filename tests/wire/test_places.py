from __future__ import annotations

import asyncio

import pytest

from yett.errors import UpstreamTimeout, UpstreamUnavailable
from yett.wire.origin import Origin, Timeouts
from yett.wire.outbound import Outbound
from yett.wire.places import Places

SHORT = Timeouts(connect=0.1)


def places(port: int, **bounds) -> Places:
    bounds = {"max_connections": 2, "max_idle": 2, "max_waiting": 10} | bounds
    return Places(Origin(scheme="http", host="127.0.0.1", port=port), None, shortest=60, **bounds)


def test_an_unused_connection_comes_before_a_new_one_and_the_last_used_first(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying()) as up:
            held = places(up.port)
            first, second = await held.take(SHORT), await held.take(SHORT)
            held.release(first)
            held.release(second)
            assert held.idle() is second
            assert held.idle() is first
            assert held.idle() is None
            assert held.open == 2
            await held.close()
            assert held.open == 0

    run(main())


def test_no_more_than_so_many_are_open_and_the_next_waits_its_turn(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying()) as up:
            held = places(up.port, max_connections=1)
            only = await held.take(SHORT)
            order = []

            async def queue(name: str) -> None:
                connection = await held.take(Timeouts(connect=5))
                order.append((name, connection is only))
                held.release(connection)

            tasks = [asyncio.create_task(queue(name)) for name in "abc"]
            await asyncio.sleep(0)
            held.release(only)
            await asyncio.gather(*tasks)
            assert order == [("a", True), ("b", True), ("c", True)]
            assert held.open == 1
            await held.close()

    run(main())


def test_a_place_that_becomes_free_goes_to_the_next_in_line(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying()) as up:
            held = places(up.port, max_connections=1)
            broken = await held.take(SHORT)
            waiting = asyncio.create_task(held.take(Timeouts(connect=5)))
            await asyncio.sleep(0)
            broken.abort()
            held.release(broken)
            fresh = await waiting
            assert fresh is not broken
            assert fresh.reusable
            assert held.open == 1
            await held.close()

    run(main())


def test_the_queue_is_bounded_in_length_and_time(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying()) as up:
            held = places(up.port, max_connections=1, max_waiting=1)
            taken = await held.take(SHORT)
            waiting = asyncio.create_task(held.take(SHORT))
            await asyncio.sleep(0)
            with pytest.raises(UpstreamUnavailable, match="too many calls wait"):
                await held.take(SHORT)
            with pytest.raises(UpstreamTimeout, match="became free in time"):
                await waiting
            held.release(taken)
            assert held.idle() is taken
            await held.close()

    run(main())


def test_what_was_passed_to_a_waiter_that_gave_up_goes_to_the_next(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying()) as up:
            held = places(up.port, max_connections=1)
            taken = await held.take(SHORT)
            first = asyncio.create_task(held.take(Timeouts(connect=5)))
            second = asyncio.create_task(held.take(Timeouts(connect=5)))
            await asyncio.sleep(0)
            held.release(taken)
            first.cancel()
            assert await second is taken
            with pytest.raises(asyncio.CancelledError):
                await first
            third = asyncio.create_task(held.take(Timeouts(connect=5)))
            fourth = asyncio.create_task(held.take(Timeouts(connect=5)))
            await asyncio.sleep(0)
            taken.abort()
            held._lost(taken)
            third.cancel()
            fifth = asyncio.create_task(held.take(Timeouts(connect=5)))
            fresh = await fourth
            assert fresh.reusable
            fresh.abort()
            await asyncio.wait([held._waiting[0]])
            fifth.cancel()
            with pytest.raises(asyncio.CancelledError):
                await fifth
            held.release(await held.take(Timeouts(connect=5)))
            assert held.open == 1
            await held.close()

    run(main())


def test_a_connection_lost_on_its_way_to_a_waiter_is_replaced(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying()) as up:
            held = places(up.port, max_connections=1)
            taken = await held.take(SHORT)
            waiting = asyncio.create_task(held.take(Timeouts(connect=5)))
            await asyncio.sleep(0)
            held.release(taken)
            taken.abort()
            fresh = await waiting
            assert fresh is not taken
            assert held.open == 1
            await held.close()

    run(main())


def test_a_connection_that_ends_while_it_is_made_gives_its_place_back(run):
    async def main() -> None:
        held = places(1)

        async def stillborn(timeouts: Timeouts) -> Outbound:
            connection = Outbound("http://up", held._lost)
            connection.connection_made(asyncio.Transport())
            connection.connection_lost(None)
            return connection

        held._connect = stillborn
        with pytest.raises(UpstreamUnavailable, match="ended the connection at once"):
            await held.take(SHORT)
        assert held.open == 0
        assert not held._watch.members

    run(main())


def test_only_so_many_unused_connections_are_kept_and_none_that_is_not_clean(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying()) as up:
            held = places(up.port, max_connections=3, max_idle=1)
            taken = [await held.take(SHORT) for _ in range(3)]
            taken[1].reusable = False
            taken[2].keeps = 1
            for connection in taken:
                held.release(connection)
            await up.until(lambda: not (held.open > 1))
            assert held.idle() is taken[0]
            assert held.idle() is None
            await held.close()

    run(main())


def test_an_unused_connection_is_not_kept_for_long(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying()) as up:
            held = places(up.port)
            now = asyncio.get_running_loop().time
            taken, hinted = await held.take(SHORT), await held.take(SHORT)
            hinted.keeps = 3
            held.release(taken)
            held.release(hinted)
            assert 3.5 < taken.deadline - now() <= 4
            assert 1.5 < hinted.deadline - now() <= 2
            taken.deadline = hinted.deadline = now()
            assert held.idle() is None
            await up.until(lambda: not held.open)
            await held.close()

    run(main())


def test_a_connection_that_the_server_ends_leaves_the_pool(run, upstream):
    async def main() -> None:
        ended = asyncio.Event()

        async def end(up, reader, writer) -> None:
            await ended.wait()

        async with upstream(end) as up:
            held = places(up.port)
            held.release(await held.take(SHORT))
            ended.set()
            await up.until(lambda: not held.open)
            assert held.idle() is None
            await held.close()

    run(main())


def test_nobody_connects_after_closing_and_whoever_waits_is_told(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying()) as up:
            held = places(up.port, max_connections=1)
            taken = await held.take(SHORT)
            waiting = asyncio.create_task(held.take(Timeouts(connect=5)))
            await asyncio.sleep(0)
            await held.close()
            for attempt in (waiting, asyncio.create_task(held.take(SHORT))):
                with pytest.raises(UpstreamUnavailable, match="were closed"):
                    await attempt
            held.release(taken)
            assert held.open == 0

    run(main())


def test_a_place_is_given_back_when_there_is_no_connection(run):
    async def main() -> None:
        held = places(1)
        for _ in range(5):
            with pytest.raises(UpstreamUnavailable, match=r"cannot connect to `http://127.0.0.1:1`: "):
                await held.take(SHORT)
        assert held.open == 0

    run(main())
