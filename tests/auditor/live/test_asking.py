import asyncio

import pytest

from yett.auditor.live.asking import BODY, Where, ask


def served(reply, **given):
    """Ask a server that sends these bytes; the answer, and what it was sent."""

    async def run():
        sent = bytearray()

        async def serve(reader, writer):
            sent.extend(await reader.readuntil(b"\r\n\r\n"))
            writer.write(reply)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            answer = await ask(Where(scheme="http", host="127.0.0.1", port=port, path="/mcp"), **given)
        return answer, bytes(sent)

    return asyncio.run(run())


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabXX",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nab",
    ],
)
def test_a_body_is_read_however_it_is_framed(reply):
    answer, _ = served(reply)
    assert (answer.status, answer.text[:2]) == (200, "ab")


def test_a_foreign_host_is_sent_as_it_is_given():
    _, sent = served(b"HTTP/1.1 403 No\r\n\r\n", headers=[("Host", "elsewhere.invalid")])
    assert sent.lower().count(b"host:") == 1
    assert b"Host: elsewhere.invalid" in sent


@pytest.mark.parametrize("reply", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"SSH-2.0\r\n", b"x" * 100_000])
def test_what_is_no_answer_is_a_trouble(reply):
    answer, _ = served(reply)
    assert answer.status == 0
    assert answer.trouble


def test_an_answer_without_end_is_cut_off():
    answer, _ = served(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (BODY * 3))
    assert len(answer.text) <= BODY + 65_536


def test_nobody_there_is_a_trouble():
    answer = asyncio.run(ask(Where(scheme="http", host="127.0.0.1", port=1, path="/")))
    assert (answer.status, bool(answer.trouble)) == (0, True)


def test_an_address_is_written_as_it_is_asked():
    assert Where(scheme="https", host="::1", port=443, path="/a").url == "https://[::1]/a"
    assert Where(scheme="http", host="a.example", port=8080, path="/a").authority == "a.example:8080"
