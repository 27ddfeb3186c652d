from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import pytest

from yett.core import pipeline
from yett.core.exchange import Era
from yett.core.message import Request
from yett.core.pipeline import Cleared
from yett.errors import UpstreamUnavailable
from yett.upstream.authorized import Authorized
from yett.upstream.http import HttpUpstream
from yett.upstream.oauth.challenge import Challenge
from yett.upstream.upstream import Call
from yett.wire.http import ResponseHead
from yett.wire.response import Response


class Source:
    def pause(self) -> None: ...
    def resume(self) -> None: ...


class Server:
    """Answers with these statuses and challenges, in turn."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        self.answers = list(answers)
        self.sent: list[bytes] = []
        self.left = 0

    @asynccontextmanager
    async def send(self, header: tuple[bytes, bytes]) -> Any:
        self.sent.append(header[1])
        status, challenge = self.answers.pop(0)
        head = ResponseHead(status=status, headers=((b"www-authenticate", challenge),) if challenge else (), length=0)
        try:
            yield Response(head, Source(), b"")
        finally:
            self.left += 1


class Credential:
    def __init__(self, *, again: bool = True) -> None:
        self.count = 0
        self.again = again
        self.refusals: list[tuple[str, Challenge, int]] = []

    async def bearer(self, caller: object) -> str:
        self.count += 1
        return f"t{self.count}"

    async def refused(self, caller: object, bearer: str, challenge: Challenge, status: int) -> bool:
        self.refusals.append((bearer, challenge, status))
        return self.again

    async def close(self) -> None: ...


def ask(server: Server, credential: Credential) -> int:
    async def work() -> int:
        async with Authorized(credential, None, server.send) as response:
            return response.status

    return asyncio.run(work())


def test_a_token_that_is_accepted_is_sent_once():
    server, credential = Server((200, b"")), Credential()
    assert ask(server, credential) == 200
    assert (server.sent, server.left, credential.refusals) == ([b"Bearer t1"], 1, [])


def test_a_401_is_answered_with_another_token_once():
    server, credential = Server((401, b'Bearer error="invalid_token"'), (200, b"")), Credential()
    assert ask(server, credential) == 200
    assert (server.sent, server.left) == ([b"Bearer t1", b"Bearer t2"], 2)
    assert credential.refusals == [("t1", Challenge(error="invalid_token"), 401)]


def test_a_server_that_refuses_every_token_is_left_after_two():
    server, credential = Server((401, b""), (401, b"")), Credential()
    with pytest.raises(UpstreamUnavailable, match="does not accept the gateway's token"):
        ask(server, credential)
    assert (len(server.sent), server.left) == (2, 2)


def test_where_another_token_is_of_no_use_none_is_sent():
    server, credential = Server((401, b"")), Credential(again=False)
    with pytest.raises(UpstreamUnavailable):
        ask(server, credential)
    assert server.left == 1


def test_a_403_is_about_scopes_only_where_it_says_so():
    server, credential = Server((403, b'Bearer error="insufficient_scope", scope="a b"'), (200, b"")), Credential()
    assert ask(server, credential) == 200
    assert credential.refusals[0][1:] == (Challenge(error="insufficient_scope", scopes=frozenset("ab")), 403)
    assert ask(Server((403, b"")), Credential()) == 403


def test_a_server_that_wants_a_token_is_never_asked_on_the_short_way():
    async def work() -> None:
        upstream = HttpUpstream("a", "http://127.0.0.1:1/mcp", credential=Credential())
        call = Call(era=Era.MODERN, version="2026-07-28", caller=None)
        cleared = Cleared(Request(id=1, method="tools/list"), b"", pipeline._SEAL)
        assert upstream.ask(cleared, call, None) is None
        await upstream.close()

    asyncio.run(work())
