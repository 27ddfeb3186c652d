import asyncio
import json
import threading

import pytest

from yett.errors import LedgerError
from yett.ledger.backlog import Backlog
from yett.ledger.group import Group
from yett.ledger.scribe import Scribe
from yett.ledger.stamp import Stamp


class Paper:
    """A journal in memory. While `gate` is closed, a batch is stuck in it as on a slow disk."""

    def __init__(self):
        self.batches = []
        self.fails = 0
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def append(self, bodies):
        self.entered.set()
        assert self.gate.wait(10)
        if self.fails:
            self.fails -= 1
            raise OSError(5, "Input/output error")
        self.batches.append(bodies)


def run(test, **limits):
    """Run `test(group, paper, backlog)` and close the group."""

    async def whole():
        paper = Paper()
        backlog = Backlog(Scribe(b"k" * 32, Stamp(lambda: 0.0, lambda: 1)))
        group = Group(paper, backlog, asyncio.get_running_loop(), **limits)
        try:
            await test(group, paper, backlog)
        finally:
            paper.gate.set()
            await group.close()
        return paper

    return asyncio.run(whole())


async def stuck(group, paper):
    """A first intent whose batch hangs in the thread."""
    paper.gate.clear()
    paper.entered.clear()
    task = asyncio.create_task(group.keep(b"first"))
    await asyncio.to_thread(paper.entered.wait, 10)
    return task


def test_an_intent_is_on_the_device_before_keep_returns():
    async def test(group, paper, _):
        await group.keep(b"intent")
        assert paper.batches == [[b"intent"]]

    run(test)


def test_intents_that_arrive_meanwhile_share_the_next_flush():
    async def test(group, paper, _):
        first = await stuck(group, paper)
        rest = [asyncio.create_task(group.keep(b"%d" % number)) for number in range(50)]
        group.put(b"outcome")
        await asyncio.sleep(0)
        paper.gate.set()
        await asyncio.gather(first, *rest)
        assert paper.batches == [[b"first"], [b"outcome", *(b"%d" % number for number in range(50))]]

    run(test)


def test_no_intent_returns_before_its_own_flush():
    async def test(group, paper, _):
        first = await stuck(group, paper)
        second = asyncio.create_task(group.keep(b"second"))
        await asyncio.sleep(0)
        assert not first.done()
        assert not second.done()
        paper.gate.set()
        await asyncio.gather(first, second)

    run(test)


def test_a_failed_fsync_refuses_everyone_who_waited_for_it():
    async def test(group, paper, backlog):
        paper.fails = 1
        results = await asyncio.gather(*(group.keep(b"%d" % n) for n in range(3)), return_exceptions=True)
        # The first went alone; the others waited for the next flush, which only comes after a pause.
        assert isinstance(results[0], LedgerError)
        assert results[1:] == [None, None]
        assert not backlog.why
        assert [json.loads(body)["refused"] for batch in paper.batches for body in batch if body[:1] == b"{"] == [1]

    run(test)


def test_calls_are_refused_at_once_while_the_disk_fails():
    async def test(group, paper, backlog):
        paper.fails = 1
        for _ in range(2):
            with pytest.raises(LedgerError, match="Input/output error"):
                await group.keep(b"intent")
        assert backlog.why == "Input/output error"
        assert paper.batches == []

    run(test)


def test_service_resumes_without_a_call():
    async def test(group, paper, backlog):
        paper.fails = 2
        with pytest.raises(LedgerError):
            await group.keep(b"intent")
        group.put(b"outcome")
        async with asyncio.timeout(10):
            while backlog.why:
                await asyncio.sleep(0.01)
        assert paper.batches[0][0] == b"outcome"
        await group.keep(b"next")

    run(test)


def test_a_disk_that_hangs_counts_as_failed():
    async def test(group, paper, backlog):
        first = await stuck(group, paper)
        second = asyncio.create_task(group.keep(b"second"))
        results = await asyncio.gather(first, second, return_exceptions=True)
        assert [type(result) for result in results] == [LedgerError, LedgerError]
        assert "longer than 0.05 s" in backlog.why
        paper.gate.set()
        async with asyncio.timeout(10):
            while backlog.why:
                await asyncio.sleep(0.01)

    paper = run(test, deadline=0.05)
    bodies = [body for batch in paper.batches for body in batch]
    assert b"second" not in bodies  # its caller was told no before it was written
    assert [json.loads(body)["refused"] for body in bodies if body[:1] == b"{"] == [2]


def test_waiting_is_bounded():
    async def test(group, paper, _):
        first = await stuck(group, paper)
        second = asyncio.create_task(group.keep(b"second"))
        await asyncio.sleep(0)
        with pytest.raises(LedgerError, match="1 records are waiting"):
            await group.keep(b"third")
        paper.gate.set()
        await asyncio.gather(first, second)

    run(test, max_waiting=1)


def test_a_caller_that_leaves_harms_nobody():
    async def test(group, paper, _):
        first = await stuck(group, paper)
        second = asyncio.create_task(group.keep(b"second"))
        third = asyncio.create_task(group.keep(b"third"))
        await asyncio.sleep(0)
        first.cancel()
        second.cancel()
        await asyncio.sleep(0)
        paper.gate.set()
        await third
        assert paper.batches == [[b"first"], [b"second", b"third"]]

    run(test)


def test_closing_does_not_wait_for_a_hanging_disk():
    async def whole():
        paper = Paper()
        backlog = Backlog(Scribe(b"k" * 32, Stamp(lambda: 0.0, lambda: 1)))
        group = Group(paper, backlog, asyncio.get_running_loop(), deadline=0.05)
        paper.gate.clear()
        group.put(b"outcome")
        assert await group.close() is False
        paper.gate.set()

    asyncio.run(whole())


def test_closing_writes_what_waits():
    async def test(group, paper, _):
        group.put(b"outcome")

    assert run(test).batches == [[b"outcome"]]


def test_an_intent_that_nobody_waits_for_any_more_is_written_before_its_outcome():
    async def test(group, paper, _):
        first = await stuck(group, paper)
        second = asyncio.create_task(group.keep(b"second"))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        group.put(b"outcome of second")
        third = asyncio.create_task(group.keep(b"third"))
        paper.gate.set()
        await asyncio.gather(first, third)
        assert paper.batches == [[b"first"], [b"second", b"outcome of second", b"third"]]

    run(test)


class Told:
    def __init__(self):
        self.words = []

    def kept(self):
        self.words.append("kept")

    def unkept(self, error):
        self.words.append(str(error))


def test_who_is_called_back_is_told_once_that_it_is_on_the_device():
    async def test(group, paper, _):
        told = Told()
        group.take(b"intent", told)
        assert told.words == []
        await group.keep(b"another")
        assert paper.batches[0] == [b"intent"]
        assert told.words == ["kept"]

    run(test)


def test_who_is_called_back_is_told_once_that_the_disk_took_too_long():
    async def test(group, paper, _):
        first = await stuck(group, paper)
        told = Told()
        group.take(b"late", told)
        with pytest.raises(LedgerError):
            await first
        while not told.words:
            await asyncio.sleep(0.01)
        paper.gate.set()
        assert told.words == ["the ledger cannot be written: the disk took longer than 0.05 s"]

    paper = run(test, deadline=0.05)
    assert [b"late"] not in paper.batches
