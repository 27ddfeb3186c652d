from __future__ import annotations

import asyncio

import pytest

from yett.errors import UpstreamProtocolError, UpstreamTimeout
from yett.wire.http import ResponseHead
from yett.wire.response import Response


class FakeSource:
    def __init__(self) -> None:
        self.calls: list[str] = []

    def pause(self) -> None:
        self.calls.append("pause")

    def resume(self) -> None:
        self.calls.append("resume")


def response(**head) -> Response:
    return Response(ResponseHead(status=200, headers=((b"a", b"b"),), **head), FakeSource())


def filled(*pieces: bytes, end: bool = True) -> Response:
    whole = response()
    for piece in pieces:
        whole.put(piece)
    if end:
        whole.end()
    return whole


async def all_of(whole: Response) -> list[bytes]:
    return [piece async for piece in whole.chunks()]


def test_head_and_body_are_there():
    whole = filled(b"abc", b"de")
    assert (whole.status, whole.headers, whole.get(b"a")) == (200, ((b"a", b"b"),), b"b")
    assert asyncio.run(whole.read(5)) == b"abcde"


def test_pieces_come_as_they_arrived():
    assert asyncio.run(all_of(filled(b"abc", b"de"))) == [b"abc", b"de"]


def test_an_empty_body_is_empty():
    assert asyncio.run(filled().read(0)) == b""
    assert asyncio.run(all_of(filled())) == []


@pytest.mark.parametrize("pieces", [(b"abcdef",), (b"abc", b"def"), (b"a",) * 6])
def test_a_body_longer_than_allowed_is_an_error(pieces):
    with pytest.raises(UpstreamProtocolError, match="longer than 5 bytes"):
        asyncio.run(filled(*pieces).read(5))


def test_a_body_that_is_announced_too_long_is_not_waited_for():
    with pytest.raises(UpstreamProtocolError, match="longer than 5 bytes"):
        asyncio.run(response(length=6).read(5))


def test_a_reader_waits_for_what_comes():
    async def main() -> None:
        whole = response()
        reading = asyncio.create_task(whole.read(10))
        for piece in (b"a", b"b", b"c"):
            await asyncio.sleep(0)
            whole.put(piece)
        await asyncio.sleep(0)
        assert not reading.done()
        whole.end()
        assert await reading == b"abc"

    asyncio.run(main())


def test_what_was_received_comes_before_the_error():
    async def main() -> None:
        whole = filled(b"a", b"b", end=False)
        whole.fail(UpstreamTimeout("too slow"))
        pieces = whole.chunks()
        assert [await anext(pieces), await anext(pieces)] == [b"a", b"b"]
        for _ in range(2):
            with pytest.raises(UpstreamTimeout, match="too slow"):
                await anext(pieces)

    asyncio.run(main())


def test_a_reader_that_waits_learns_of_the_error():
    async def main() -> None:
        whole = response()
        reading = asyncio.create_task(whole.read(10))
        await asyncio.sleep(0)
        whole.fail(UpstreamProtocolError("cut off"))
        with pytest.raises(UpstreamProtocolError, match="cut off"):
            await reading

    asyncio.run(main())


def test_an_upstream_faster_than_its_reader_has_to_wait():
    async def main() -> None:
        source = FakeSource()
        whole = Response(ResponseHead(status=200), source)
        for _ in range(4):
            whole.put(b"x" * 30_000)
        assert source.calls == ["pause"]
        pieces = whole.chunks()
        for _ in range(2):
            await anext(pieces)
        assert source.calls == ["pause"]
        await anext(pieces)
        assert source.calls == ["pause", "resume"]

    asyncio.run(main())


def test_a_cancelled_reader_does_not_disturb_the_connection():
    async def main() -> None:
        whole = response()
        reading = asyncio.create_task(whole.read(10))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        whole.put(b"a")
        whole.end()
        assert await whole.read(10) == b"a"

    asyncio.run(main())


def test_what_lies_here_whole_is_given_at_once():
    whole = Response(ResponseHead(status=200, length=4), FakeSource(), b"body")
    assert (whole.complete, whole.whole(3), whole.whole(4), whole.whole(4)) == (True, None, b"body", None)


def test_a_body_that_is_not_whole_has_to_be_waited_for():
    async def story():
        parts = Response(ResponseHead(status=200, length=4), FakeSource())
        parts.put(b"bo")
        assert parts.whole(4) is None
        parts.put(b"dy")
        parts.end()
        assert parts.whole(4) is None
        return await parts.read(4)

    assert asyncio.run(story()) == b"body"


def test_an_empty_body_that_came_with_its_head_is_whole():
    async def story():
        return await Response(ResponseHead(status=200, length=0), FakeSource(), b"").read(4)

    assert asyncio.run(story()) == b""
