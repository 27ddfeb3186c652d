from __future__ import annotations

import asyncio

import pytest

from yett.core.exchange import Principal
from yett.errors import UpstreamProtocolError, UpstreamTimeout, UpstreamUnavailable
from yett.upstream.app_pool import CALLER, PRINCIPAL, AppPool
from yett.wire.client import Timeouts, checked

ALICE = Principal(issuer="yett", subject="alice")


def _pool(app, *, most: int = 10, **times) -> AppPool:
    timeouts = Timeouts(first_byte=times.pop("first", 10.0), idle=times.pop("idle", 10.0))
    return AppPool(app, host="mcp.example.com", timeouts=timeouts, state=lambda: {"db": 1}, max_connections=most)


async def _start(send, *, status: int = 200, headers=((b"Content-Type", b"text/plain"),)) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _end(send, body: bytes = b"") -> None:
    await send({"type": "http.response.body", "body": body})


def _run(story) -> None:
    async def whole() -> None:
        await story()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())


def test_the_app_sees_a_request_made_of_what_was_asked_and_nothing_else():
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope, event=await receive())
        await _start(send, headers=[(b"X-Own", b"1"), (b"content-length", b"2")])
        await _end(send, b"ok")

    async def story() -> None:
        pool = _pool(app)
        CALLER.set(ALICE)
        lines = checked([(b"mcp-method", b"tools/call")])
        async with pool.request(b"POST", b"/mcp", [(b"accept", b"x")], b"{}", lines=lines) as response:
            assert (response.status, response.headers) == (200, ((b"x-own", b"1"), (b"content-length", b"2")))
            assert await response.read(10) == b"ok"
        await pool.close()

    _run(story)
    assert seen == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/mcp",
        "raw_path": b"/mcp",
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", b"mcp.example.com"),
            (b"accept", b"x"),
            (b"mcp-method", b"tools/call"),
            (b"content-length", b"2"),
        ],
        "client": None,
        "server": None,
        "state": {"db": 1},
        PRINCIPAL: ALICE,
        "event": {"type": "http.request", "body": b"{}", "more_body": False},
    }


def test_pieces_come_as_they_are_sent():
    go_on = asyncio.Event()

    async def app(scope, receive, send):
        await _start(send)
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await go_on.wait()
        await _end(send, b"two")

    async def story() -> None:
        pool = _pool(app)
        async with pool.request(b"GET", b"/mcp", [], b"") as response:
            chunks = response.chunks()
            assert await anext(chunks) == b"one"
            go_on.set()
            assert [chunk async for chunk in chunks] == [b"two"]
        await pool.close()

    _run(story)


def test_a_slow_reader_makes_the_app_wait():
    sent = 0

    async def app(scope, receive, send):
        nonlocal sent
        await _start(send)
        for _ in range(100):
            await send({"type": "http.response.body", "body": b"x" * 10_000, "more_body": True})
            sent += 10_000
        await _end(send)

    async def story() -> None:
        pool = _pool(app)
        async with pool.request(b"GET", b"/mcp", [], b"") as response:
            for _ in range(300):
                await asyncio.sleep(0)
            assert sent < 100_000
            assert len(await response.read(2_000_000)) == 1_000_000
        await pool.close()

    _run(story)


def test_whoever_leaves_early_is_a_disconnect_to_the_app():
    heard = []

    async def app(scope, receive, send):
        heard.append((await receive())["type"])
        await _start(send)
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        heard.append((await receive())["type"])
        await send({"type": "http.response.body", "body": b"nobody reads this", "more_body": True})
        heard.append("ended")

    async def story() -> None:
        pool = _pool(app)
        async with pool.request(b"GET", b"/mcp", [], b"") as response:
            assert await anext(response.chunks()) == b"x"
        await pool.close()
        assert pool.open == 0

    _run(story)
    assert heard == ["http.request", "http.disconnect", "ended"]


def test_an_app_that_breaks_is_a_server_that_broke():
    async def before(scope, receive, send):
        raise KeyError("a bug")

    async def after(scope, receive, send):
        await _start(send)
        raise KeyError("a bug")

    async def never(scope, receive, send):
        return

    async def story() -> None:
        for app, words in ((before, "the app broke: KeyError"), (never, "ended before its answer")):
            pool = _pool(app)
            with pytest.raises(UpstreamProtocolError, match=words):
                async with pool.request(b"GET", b"/mcp", [], b""):
                    pass
            await pool.close()
        pool = _pool(after)
        async with pool.request(b"GET", b"/mcp", [], b"") as response:
            with pytest.raises(UpstreamProtocolError, match="the app broke: KeyError"):
                await response.read(10)
        await pool.close()

    _run(story)


def test_a_silent_app_is_not_waited_for_for_ever():
    async def mute(scope, receive, send):
        await receive()
        await receive()

    async def stops(scope, receive, send):
        await _start(send)
        await receive()
        await receive()

    async def story() -> None:
        pool = _pool(mute, first=0.02)
        with pytest.raises(UpstreamTimeout):
            async with pool.request(b"GET", b"/mcp", [], b""):
                pass
        await pool.close()
        pool = _pool(stops, idle=0.02)
        async with pool.request(b"GET", b"/mcp", [], b"") as response:
            with pytest.raises(UpstreamTimeout):
                await response.read(10)
        await pool.close()

    _run(story)


def test_requests_and_heads_are_bounded():
    async def hold(scope, receive, send):
        await receive()
        await _start(send)
        await receive()

    async def huge(scope, receive, send):
        await _start(send, headers=[(b"x", b"y")] * 300)

    async def story() -> None:
        pool = _pool(hold, most=1)
        async with pool.request(b"GET", b"/mcp", [], b""):
            with pytest.raises(UpstreamUnavailable, match="1 requests"):
                async with pool.request(b"GET", b"/mcp", [], b""):
                    pass
        await pool.close()
        pool = _pool(huge)
        with pytest.raises(UpstreamProtocolError, match="head"):
            async with pool.request(b"GET", b"/mcp", [], b""):
                pass
        await pool.close()

    _run(story)


def test_closing_ends_an_app_that_does_not_listen(monkeypatch):
    monkeypatch.setattr("yett.upstream.app_pool._LEAVE_SECONDS", 0.02)

    async def deaf(scope, receive, send):
        await _start(send)
        await asyncio.Event().wait()

    async def story() -> None:
        pool = _pool(deaf)
        async with pool.request(b"GET", b"/mcp", [], b""):
            pass
        assert pool.open == 1
        await pool.close()
        assert pool.open == 0

    _run(story)
