from __future__ import annotations

import asyncio

from yett.enforce.background import Background, every
from yett.errors import StoreError


def test_a_task_ends_when_it_is_told_and_leaves_no_trace():
    async def story() -> None:
        background = Background()
        background.spawn("watch", asyncio.Event().wait())  # type: ignore[arg-type] # it never returns its `True`
        assert "watch" in background
        await background.end("watch")
        await background.end("watch")
        assert ("watch" in background, background.ended) == (False, "")

    asyncio.run(story())


def test_all_end_together():
    async def story() -> None:
        background = Background()
        for name in ("one", "two"):
            background.spawn(name, asyncio.Event().wait())  # type: ignore[arg-type] # as above
        await background.close()
        assert ("one" in background, "two" in background) == (False, False)

    asyncio.run(story())


def test_one_that_breaks_does_not_end_unseen():
    async def story() -> None:
        async def broken() -> None:
            raise KeyError("no such thing")

        background = Background()
        background.spawn("survey", broken())
        await asyncio.sleep(0.01)
        assert background.ended == "survey ended: KeyError"

    asyncio.run(story())


def test_what_is_done_again_and_again_survives_an_expected_failure():
    async def story() -> None:
        done = asyncio.Event()
        times = 0

        async def work() -> None:
            nonlocal times
            times += 1
            if times == 3:
                done.set()
            raise StoreError("not just now")

        task = asyncio.create_task(every(0.0, work))
        await done.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert times >= 3

    asyncio.run(story())
