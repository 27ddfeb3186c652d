from __future__ import annotations

import asyncio

import pytest

from yett.enforce.asgi_answer import AsgiAnswer
from yett.errors import DownstreamGone


def _told(*steps, send=None) -> list[dict]:
    events: list[dict] = []

    async def remember(event) -> None:
        events.append(event)

    async def story() -> None:
        answer = AsgiAnswer(send or remember, seconds=5.0)
        for step in steps:
            done = step(answer)
            if done is not None:
                await done
        await answer.flush()
        await answer.flush()

    asyncio.run(story())
    return events


def test_a_whole_answer_goes_out_once_with_its_length():
    assert _told(lambda a: a.send(200, [(b"x", b"y")], b"ok")) == [
        {"type": "http.response.start", "status": 200, "headers": [(b"x", b"y"), (b"content-length", b"2")]},
        {"type": "http.response.body", "body": b"ok", "more_body": False},
    ]


def test_a_stream_goes_out_piece_by_piece():
    events = _told(
        lambda a: a.start(200, []),
        lambda a: a.write(b"1"),
        lambda a: a.write(b""),
        lambda a: a.write(b"2"),
        lambda a: a.finish(),
    )
    assert events == [
        {"type": "http.response.start", "status": 200, "headers": []},
        {"type": "http.response.body", "body": b"1", "more_body": True},
        {"type": "http.response.body", "body": b"2", "more_body": True},
        {"type": "http.response.body", "body": b"", "more_body": False},
    ]


def test_a_stream_that_was_begun_and_said_nothing_is_whole():
    assert [event["type"] for event in _told(lambda a: a.start(200, []))] == [
        "http.response.start",
        "http.response.body",
    ]


def test_an_answer_that_was_never_begun_is_none():
    assert _told() == []


def test_pieces_written_at_the_same_time_follow_the_head():
    async def slow(event) -> None:
        await asyncio.sleep(0)
        events.append(event["type"])

    events: list[str] = []

    async def both(answer: AsgiAnswer) -> None:
        await asyncio.gather(answer.write(b"1"), answer.write(b"2"))

    _told(lambda a: a.start(200, []), both, send=slow)
    assert events == ["http.response.start", *["http.response.body"] * 3]


def test_what_is_out_of_order_is_a_fault_of_ours():
    for steps in (
        [lambda a: a.send(200, [], b""), lambda a: a.send(200, [], b"")],
        [lambda a: a.send(200, [], b""), lambda a: a.start(200, [])],
        [lambda a: a.write(b"x")],
        [lambda a: a.finish()],
    ):
        with pytest.raises(RuntimeError):
            _told(*steps)


def test_a_header_that_could_begin_a_line_is_not_sent():
    with pytest.raises(ValueError):
        _told(lambda a: a.send(200, [(b"x", b"y\r\nz: w")], b""))


def test_a_client_that_does_not_read_or_has_left_is_gone():
    async def stuck(event) -> None:
        await asyncio.Event().wait()

    async def closed(event) -> None:
        raise ConnectionResetError

    async def story() -> None:
        for send in (stuck, closed):
            answer = AsgiAnswer(send, seconds=0.02)
            answer.start(200, [])
            with pytest.raises(DownstreamGone):
                await answer.write(b"x")

    asyncio.run(story())
