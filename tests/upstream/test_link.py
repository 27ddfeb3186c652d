from __future__ import annotations

import asyncio

import pytest

from yett.errors import UpstreamProtocolError
from yett.upstream.link import Link
from yett.wire.http import ResponseHead
from yett.wire.response import Response


def answer(status, *ids) -> Response:
    headers = tuple((b"mcp-session-id", value) for value in ids)
    return Response(ResponseHead(status=status, headers=headers), None)


def test_the_id_is_learnt_from_a_success():
    link = Link()
    link.learn(answer(200, b"s3cret"))
    assert link.headers == ((b"mcp-session-id", b"s3cret"),)
    assert "s3cret" not in repr(link)


@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_no_id_is_learnt_from_a_failure(status):
    link = Link()
    link.learn(answer(status, b"s3cret"))
    assert link.headers == ()


def test_a_server_may_keep_no_session():
    link = Link()
    link.learn(answer(200))
    assert link.headers == ()


@pytest.mark.parametrize("ids", [(b"a", b"a"), (b"",), (b"a b",), (b"\xe9",), (b"x" * 4097,)])
def test_an_id_that_is_none_is_an_error(ids):
    with pytest.raises(UpstreamProtocolError):
        Link().learn(answer(200, *ids))


def test_silence_ends_with_the_session():
    async def story():
        link = Link()
        with link.silence(60) as one, link.silence(60) as other:
            link.close()
            assert await anext(one, None) is None
            assert await anext(other, None) is None
        link.close()

    asyncio.run(story())
