from __future__ import annotations

import asyncio
import os

import pytest

from yett.errors import DownstreamGone
from yett.wire.pipes import Inflow, Outflow


async def _all(inflow: Inflow) -> bytes:
    return b"".join([chunk async for chunk in inflow.chunks()])


def test_a_pipe_is_read_to_its_end():
    async def story() -> None:
        source, sink = os.pipe()
        inflow = Inflow(source)
        os.write(sink, b"one\n")
        os.write(sink, b"two\n")
        os.close(sink)
        assert await _all(inflow) == b"one\ntwo\n"
        os.close(source)

    asyncio.run(story())


def test_a_file_is_read_like_a_pipe(tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 200_000)

    async def story() -> None:
        source = os.open(tmp_path / "file", os.O_RDONLY)
        assert len(await _all(Inflow(source))) == 200_000
        os.close(source)

    asyncio.run(story())


def test_what_cannot_be_read_has_come_to_its_end(tmp_path):
    async def story() -> None:
        sink = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
        assert await _all(Inflow(sink)) == b""
        os.close(sink)

    asyncio.run(story())


def test_a_client_that_sends_more_than_is_taken_has_to_wait():
    async def story() -> None:
        source, sink = os.pipe()
        os.set_blocking(sink, False)
        inflow = Inflow(source)
        sent = 0
        full = 0
        while full < 50:
            try:
                sent += os.write(sink, b"x" * 65536)
                full = 0
            except BlockingIOError:
                full += 1
                await asyncio.sleep(0.002)
        # The pipe, what was read ahead, and the piece in the thread's hand.
        assert sent < 1_000_000
        os.close(sink)
        assert len(await _all(inflow)) == sent
        os.close(source)

    asyncio.run(story())


def test_pieces_are_written_whole_and_in_order():
    async def story() -> None:
        source, sink = os.pipe()
        outflow = Outflow(sink, seconds=30)
        pieces = [bytes([65 + n]) * 100_000 for n in range(5)]
        writing = [asyncio.create_task(outflow.write(piece)) for piece in pieces]
        reading = asyncio.create_task(_all(Inflow(source)))
        await asyncio.gather(*writing)
        os.close(sink)
        assert await reading == b"".join(pieces)
        os.close(source)

    asyncio.run(story())


def test_a_client_that_has_left_is_gone_for_good():
    async def story() -> None:
        source, sink = os.pipe()
        outflow = Outflow(sink, seconds=30)
        os.close(source)
        for _ in range(2):
            with pytest.raises(DownstreamGone):
                await outflow.write(b"x")
        assert outflow.gone.is_set()
        os.close(sink)

    asyncio.run(story())


def test_a_client_that_does_not_read_is_taken_for_gone():
    async def story() -> None:
        source, sink = os.pipe()
        outflow = Outflow(sink, seconds=0.05)
        with pytest.raises(DownstreamGone, match="unread"):
            await outflow.write(b"x" * 10_000_000)
        assert outflow.gone.is_set()
        os.close(source)  # lets the thread go

    asyncio.run(story())


def test_a_writer_that_is_cancelled_leaves_no_half_a_piece():
    async def story() -> None:
        source, sink = os.pipe()
        outflow = Outflow(sink, seconds=30)
        first = asyncio.create_task(outflow.write(b"a" * 300_000 + b"\n"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        reading = asyncio.create_task(_all(Inflow(source)))
        await outflow.write(b"b\n")
        os.close(sink)
        assert await reading == b"a" * 300_000 + b"\nb\n"
        os.close(source)

    asyncio.run(story())
