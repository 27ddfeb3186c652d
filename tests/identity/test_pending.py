from __future__ import annotations

import asyncio

from yett.identity.pending import Pending


def test_who_stops_waiting_ends_nothing_for_the_others():
    async def main() -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        pending = Pending(what="a key", done=done)
        first, second = asyncio.create_task(pending.wait()), asyncio.create_task(pending.wait())
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        assert not done.cancelled()
        done.set_result(None)
        await second
        await pending.wait()

    asyncio.run(main())


def test_a_failure_of_what_is_waited_for_is_not_the_waiters():
    async def main() -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_exception(ValueError("x"))
        await Pending(what="a key", done=done).wait()
        assert isinstance(done.exception(), ValueError)

    asyncio.run(main())
