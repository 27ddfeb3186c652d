from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from yett.core.ask import Ask
from yett.errors import AskError
from yett.wire.metadata import HOSTS, Metadata


def refusal(url: str, **more: object) -> str:
    with pytest.raises(AskError) as caught:
        asyncio.run(Metadata(**more)(Ask(url=url)))
    return str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "https://169.254.169.254/",
        "http://169.254.169.253/",
        "http://metadata.google.internal/",
        "http://[::ffff:169.254.169.254]/",
    ],
)
def test_nothing_but_the_fixed_addresses_is_asked(url):
    assert "is not where a cloud keeps its machines' identities" in refusal(url)
    assert all(host[0] in "1f" for host in HOSTS)


def test_what_is_no_url_is_refused():
    assert "not an `http` or `https` URL" in refusal("ftp://169.254.169.254/")


async def answering(work: Callable[[str], object], answer: bytes) -> bytes:
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        await work(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/token")
    return bytes(heard)


def test_a_question_is_asked_over_a_connection_of_its_own():
    async def work(url: str) -> None:
        answer = await Metadata({"127.0.0.1"})(Ask(url=url, headers=(("metadata", "true"),)))
        assert (answer.status, answer.body) == (200, b"ok")

    heard = asyncio.run(answering(work, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"))
    assert b"metadata: true\r\n" in heard


def test_a_header_that_cannot_be_sent_is_not_repeated():
    async def work(url: str) -> None:
        with pytest.raises(AskError) as caught:
            await Metadata({"127.0.0.1"})(Ask(url=url, headers=(("authorization", "hunter2\r\nx: y"),)))
        assert "hunter2" not in str(caught.value)

    async def alone() -> None:
        await work("http://127.0.0.1:9/token")

    asyncio.run(alone())


def test_nobody_there_is_an_error():
    assert "`http://127.0.0.1:9`: cannot connect" in refusal("http://127.0.0.1:9/x", hosts={"127.0.0.1"})
