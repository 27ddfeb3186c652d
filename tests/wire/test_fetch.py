from __future__ import annotations

import asyncio
import socket
import ssl

import pytest
import trustme

from yett.core.ask import Ask
from yett.detect.addresses import network
from yett.errors import AskError
from yett.wire import fetch
from yett.wire.fetch import Fetch
from yett.wire.tls import client_context

CA = trustme.CA()
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
LOOPBACK = (network("127.0.0.0/8"),)


@pytest.fixture
def trusting(tmp_path) -> ssl.SSLContext:
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return client_context(tmp_path / "ca.pem")


def serving(name: str = "sso.test") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert(name).configure_cert(context)
    return context


class Names:
    """A name server of ours: each name's answers in turn, the last one for ever."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return answer


async def refused(fetcher: Fetch, ask: Ask) -> str:
    with pytest.raises(AskError) as caught:
        await fetcher(ask)
    await fetcher.close()
    return str(caught.value)


def test_an_answer_is_read_whole_over_a_verified_connection(run, upstream, saying, trusting):
    async def main() -> None:
        async with upstream(saying(OK, OK), tls=serving()) as up:
            fetcher = Fetch(trusting, allowed=LOOPBACK, look_up=Names(("127.0.0.1",)))
            ask = Ask(url=f"https://sso.test:{up.port}/keys?x=1", headers=(("accept", "application/json"),))
            first, second = await fetcher(ask), await fetcher(ask)
            assert (first.status, first.body, first.get(b"content-type")) == (200, b"{}", b"application/json")
            assert (second.status, up.accepted) == (200, 1)
            head = b"GET /keys?x=1 HTTP/1.1\r\nhost: sso.test:%d\r\naccept-encoding: identity\r\n" % up.port
            assert up.requests[0] == head + b"accept: application/json\r\n\r\n"
            await fetcher.close()

    run(main())


def test_a_redirect_is_an_answer_and_not_followed(run, upstream, saying):
    async def main() -> None:
        async with upstream(saying(REDIRECT)) as up:
            fetcher = Fetch(client_context(), unsafe_allow_loopback=True)
            assert (await fetcher(Ask(url=f"http://127.0.0.1:{up.port}/"))).status == 302
            assert up.accepted == 1
            await fetcher.close()

    run(main())


@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::a00:1"]
)
def test_a_name_that_leads_inside_is_not_dialled(run, inside):
    async def main() -> None:
        for answer in ((inside,), ("8.8.8.8", inside)):
            told = await refused(Fetch(client_context(), look_up=Names(answer)), Ask(url="https://sso.test/"))
            assert told.startswith("`https://sso.test/`: `sso.test` is a ")
            assert told.endswith(f"address (`{inside}`): list it under `allow_addresses` if it is meant")

    run(main())


def test_the_address_that_was_checked_is_the_one_that_is_dialled(run, upstream, saying, trusting):
    async def main() -> None:
        async with upstream(saying(OK, end=True), tls=serving()) as up:
            names = Names(("127.0.0.1",), ("169.254.169.254",))
            fetcher = Fetch(trusting, allowed=LOOPBACK, look_up=names)
            ask = Ask(url=f"https://sso.test:{up.port}/")
            assert (await fetcher(ask)).status == 200
            await up.until(lambda: fetcher._pools and not next(iter(fetcher._pools.values())).open)
            assert "a link-local address" in await refused(fetcher, ask)
            assert (names.asked, up.accepted) == (2, 1)

    run(main())


def test_an_address_that_cannot_be_reached_gives_way_to_the_next(run, upstream, saying, trusting):
    async def main() -> None:
        async with upstream(saying(OK), tls=serving()) as up:
            fetcher = Fetch(trusting, allowed=LOOPBACK, look_up=Names(("127.0.0.2", "127.0.0.1")))
            assert (await fetcher(Ask(url=f"https://sso.test:{up.port}/"))).body == b"{}"
            await fetcher.close()

    run(main())


def test_a_certificate_for_another_name_is_refused(run, upstream, saying, trusting):
    async def main() -> None:
        async with upstream(saying(OK), tls=serving("other.test")) as up:
            fetcher = Fetch(trusting, allowed=LOOPBACK, look_up=Names(("127.0.0.1",)))
            told = await refused(fetcher, Ask(url=f"https://sso.test:{up.port}/"))
            assert "its certificate is not accepted" in told

    run(main())


def test_plain_http_is_for_this_machine_and_only_where_it_was_allowed(run):
    async def main() -> None:
        ask = Ask(url="http://sso.test/")
        assert await refused(Fetch(client_context()), ask) == "`http://sso.test/` is not `https`"
        for elsewhere in ("8.8.8.8", "10.0.0.1"):
            fetcher = Fetch(
                client_context(),
                allowed=(network("10.0.0.0/8"),),
                unsafe_allow_loopback=True,
                look_up=Names((elsewhere,)),
            )
            assert "plain `http` goes" in await refused(fetcher, ask)

    run(main())


@pytest.mark.parametrize(
    "url", ["", "sso.test", "ftp://sso.test/", "https://u:p@sso.test/", "https://sso.test/#a", "https://sso.test/a b"]
)
def test_what_is_no_url_is_not_asked(run, url):
    async def main() -> None:
        assert await refused(Fetch(client_context(), look_up=Names(())), Ask(url=url))

    run(main())


def test_numbers_that_only_some_readers_take_for_an_address_are_looked_up_and_judged(run):
    async def main() -> None:
        for host in ("127.1", "2130706433", "0x7f.1"):
            told = await refused(Fetch(client_context()), Ask(url=f"https://{host}/", seconds=5))
            assert "a loopback address" in told or "cannot be looked up" in told

    run(main())


def test_a_body_beyond_the_limit_is_not_read(run, upstream, saying):
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b"x" * 1024 + b"\r\n"
    announced = b"HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n"

    async def main() -> None:
        for answer in (endless, announced):
            async with upstream(saying(answer)) as up:
                fetcher = Fetch(client_context(), unsafe_allow_loopback=True)
                told = await refused(fetcher, Ask(url=f"http://127.0.0.1:{up.port}/", limit=1000))
                assert told.endswith("the response is longer than 1000 bytes")

    run(main())


def test_silence_ends_at_the_time_given(run, upstream):
    async def silent(up, reader, writer) -> None:
        await reader.read()

    async def main() -> None:
        async with upstream(silent) as up:
            fetcher = Fetch(client_context(), unsafe_allow_loopback=True)
            url = f"http://127.0.0.1:{up.port}/"
            assert await refused(fetcher, Ask(url=url, seconds=0.05)) == f"`{url}` did not answer within 0.05 s"

    run(main())


def test_a_body_that_trickles_ends_at_the_time_given(run, upstream):
    async def trickling(up, reader, writer) -> None:
        await up.read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        while not reader.at_eof():
            writer.write(b"x")
            await asyncio.sleep(0.01)

    async def main() -> None:
        async with upstream(trickling) as up:
            fetcher = Fetch(client_context(), unsafe_allow_loopback=True)
            told = await refused(fetcher, Ask(url=f"http://127.0.0.1:{up.port}/", seconds=0.1))
            assert told.endswith("did not answer within 0.1 s")

    run(main())


def test_a_header_that_cannot_be_sent_is_not_quoted(run):
    async def main() -> None:
        for value in ("Bearer hidden\r\nx: y", "Bearer h\u00efdden"):
            ask = Ask(url="https://sso.test/?q=hidden", headers=(("authorization", value),))
            told = await refused(Fetch(client_context(), look_up=Names(("8.8.8.8",))), ask)
            assert told == "a question to `https://sso.test/` holds what cannot be sent"

    run(main())


def test_there_is_a_bound_to_questions_and_to_servers(run, monkeypatch):
    async def main() -> None:
        monkeypatch.setattr(fetch, "ORIGINS", 1)
        fetcher = Fetch(client_context(), look_up=Names(()))
        for number in range(2):
            with pytest.raises(AskError) as caught:
                await fetcher(Ask(url=f"https://s{number}.test/"))
        assert "different servers" in str(caught.value)
        monkeypatch.setattr(fetch, "AT_ONCE", 0)
        assert "questions at once" in await refused(fetcher, Ask(url="https://s0.test/"))

    run(main())


def test_a_name_that_does_not_exist_is_said_so_and_closing_ends_it_all(run, monkeypatch):
    def unknown(*_arguments, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def main() -> None:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        fetcher = Fetch(client_context())
        ask = Ask(url="https://nowhere.test/keys?a=b")
        told = await refused(fetcher, ask)
        assert told == "`https://nowhere.test/keys`: `nowhere.test` cannot be looked up: name or service not known"
        assert "is not asked any more" in await refused(fetcher, ask)

    run(main())
