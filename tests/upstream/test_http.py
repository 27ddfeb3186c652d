"""The HTTP upstream against servers that are scripted here: each test says what the server does with each request."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from yett.core.exchange import Channel, Entrance, Era, Exchange, Mirrored, Tool
from yett.core.guard import Guard, Phase
from yett.core.message import Failure, Notification, Reply, Request
from yett.core.pipeline import Cleared, Guarded, Pipeline
from yett.errors import ConfigError, UpstreamEraError, UpstreamProtocolError, UpstreamTimeout, UpstreamUnavailable
from yett.protocol import jsonrpc
from yett.protocol.session import Stage
from yett.secrets.secret import Secret
from yett.state.sessions import Session
from yett.upstream.http import HttpUpstream
from yett.upstream.limits import HttpLimits
from yett.upstream.patience import Patience
from yett.upstream.upstream import Arrival, Call, Offer
from yett.wire.client import Timeouts

MODERN = Call(era=Era.MODERN, version="2026-07-28", caller=None)
CALL = Request(id=7, method="tools/call", params={"name": "echo", "arguments": {"text": "hé"}})
RESULT = Reply(id=7, result={"content": []})


class Yes(Guard):
    name = "yes"
    phase = Phase.AUTHORIZE

    def check_request(self, exchange):
        return super().check_request(exchange)


PIPELINE = Pipeline([Guarded(guard=Yes())], subject=lambda message: message)


def cleared(message, encoded=b"") -> Cleared:
    exchange = Exchange(
        id="x",
        received_at=0.0,
        channel=Channel(entrance=Entrance.GATEWAY, peer="127.0.0.1"),
        server="demo",
        request=message,
        encoded=encoded,
    )
    verdict = PIPELINE.check_request(exchange).verdict
    assert isinstance(verdict, Cleared)
    return verdict


class Asked:
    """One HTTP request as the server saw it."""

    def __init__(self, line: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter):
        self.verb, self.path, _ = line.split(" ")
        self.headers = headers
        self.body = body
        self.writer = writer

    @property
    def message(self):
        return json.loads(self.body)


class Server:
    """Answers each request with what `script(asked)` yields or returns: raw bytes."""

    def __init__(self, script):
        self.script = script
        self.asked: list[Asked] = []
        self.called = asyncio.Event()
        self.left = asyncio.Event()
        self.url = ""

    async def serve(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                asked = Asked(head[0], headers, body, writer)
                self.asked.append(asked)
                self.called.set()
                answer = self.script(asked)
                if isinstance(answer, bytes):
                    writer.write(answer)
                    await writer.drain()
                else:
                    watching = asyncio.create_task(self._watch(reader))
                    async for part in answer:
                        writer.write(part)
                        await writer.drain()
                    watching.cancel()
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left.set()
        finally:
            writer.close()

    async def _watch(self, reader):
        try:
            if not await reader.read(1):
                self.left.set()
        except ConnectionError:
            self.left.set()


@asynccontextmanager
async def serving(script, **options):
    server = Server(script)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}/mcp"
    upstream = HttpUpstream("demo", server.url, **options)
    try:
        async with asyncio.timeout(20):
            yield server, upstream
    finally:
        await upstream.close()
        listening.close()


def json_answer(message, status=200, extra="") -> bytes:
    body = message if isinstance(message, bytes) else jsonrpc.encode(message)
    return (
        f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{extra}content-length: {len(body)}\r\n\r\n".encode()
        + body
    )


def empty(status, extra="") -> bytes:
    return f"HTTP/1.1 {status} X\r\n{extra}content-length: 0\r\n\r\n".encode()


EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def event(message, event_id=None, retry=None) -> bytes:
    data = message if isinstance(message, bytes) else jsonrpc.encode(message)
    head = (b"" if event_id is None else b"id: " + event_id.encode() + b"\n") + (
        b"" if retry is None else f"retry: {retry}\n".encode()
    )
    return head + b"event: message\ndata: " + data + b"\n\n"


async def stream(*parts):
    yield EVENTS
    for part in parts:
        yield chunk(part)
    yield END


async def all_of(upstream, message, call=MODERN, encoded=b"") -> list[Arrival]:
    async with upstream.open(cleared(message, encoded), call) as arrivals:
        return [arrival async for arrival in arrivals]


# The modern era.


def test_what_was_judged_is_what_is_sent():
    async def story():
        tool = Tool(
            server="demo",
            name="echo",
            digest="",
            definition={},
            mirrored=(Mirrored(header="Text", path=("text",), type="string"),),
        )
        call = Call(era=Era.MODERN, version="2026-07-28", tool=tool, caller=None)
        encoded = jsonrpc.encode(CALL)
        headers = {"Authorization": Secret("Bearer upstream")}
        async with serving(lambda asked: json_answer(RESULT), headers=headers) as (server, upstream):
            arrivals = await all_of(upstream, CALL, call, encoded)
            asked = server.asked[0]
        host = server.url.split("/")[2]
        assert arrivals == [Arrival(message=RESULT, encoded=jsonrpc.encode(RESULT), status=200)]
        assert (asked.verb, asked.path, asked.body) == ("POST", "/mcp", encoded)
        assert asked.headers == {
            "host": host,
            "authorization": "Bearer upstream",
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "accept-encoding": "identity",
            "mcp-protocol-version": "2026-07-28",
            "mcp-method": "tools/call",
            "mcp-name": "echo",
            "mcp-param-text": "=?base64?aMOp?=",
            "content-length": str(len(encoded)),
        }

    asyncio.run(story())


def test_a_rewritten_message_is_encoded_anew():
    async def story():
        async with serving(lambda asked: json_answer(RESULT)) as (server, upstream):
            await all_of(upstream, CALL)
        assert server.asked[0].body == jsonrpc.encode(CALL)

    asyncio.run(story())


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_stream_is_given_on_event_by_event_however_it_is_cut(size):
    progress = Notification(method="notifications/progress", params={"progressToken": "t", "progress": 1})
    request = Request(id=7, method="tools/call", params={"name": "x", "_meta": {"progressToken": "t"}})
    text = b": ping\n\n" + event(progress) + event(RESULT)

    async def story():
        parts = [text[at : at + size] for at in range(0, len(text), size)]
        async with serving(lambda asked: stream(*parts)) as (_, upstream):
            arrivals = await all_of(upstream, request)
        assert arrivals == [
            Arrival(message=None),
            Arrival(message=progress, encoded=jsonrpc.encode(progress)),
            Arrival(message=RESULT, encoded=jsonrpc.encode(RESULT)),
        ]

    asyncio.run(story())


def test_the_first_event_is_there_before_the_last_one_is_sent():
    async def story():
        go_on = asyncio.Event()
        note = Notification(method="notifications/message", params={"level": "info", "data": "x"})

        async def script():
            yield EVENTS
            yield chunk(event(note))
            await go_on.wait()
            yield chunk(event(RESULT)) + END

        async with (
            serving(lambda asked: script()) as (_, upstream),
            upstream.open(cleared(CALL), MODERN) as arrivals,
        ):
            assert (await anext(arrivals)).message == note
            go_on.set()
            assert (await anext(arrivals)).message == RESULT
            assert await anext(arrivals, None) is None

    asyncio.run(story())


@pytest.mark.parametrize("wrong", [8, "7", 0])
def test_a_reply_to_something_else_is_not_passed_on(wrong):
    async def story():
        wrong_reply = Reply(id=wrong, result={"secret": "of another call"})
        async with serving(lambda asked: json_answer(wrong_reply)) as (_, upstream):
            with pytest.raises(UpstreamProtocolError, match="was not sent"):
                await all_of(upstream, CALL)
        async with serving(lambda asked: stream(event(wrong_reply), event(RESULT))) as (_, upstream):
            with pytest.raises(UpstreamProtocolError, match="was not sent"):
                await all_of(upstream, CALL)

    asyncio.run(story())


def test_a_modern_server_may_not_ask():
    async def story():
        question = Request(id=1, method="sampling/createMessage", params={"messages": [], "maxTokens": 1})
        async with serving(lambda asked: stream(event(question), event(RESULT))) as (_, upstream):
            with pytest.raises(UpstreamProtocolError, match="`sampling/createMessage`, which 2026-07-28 forbids"):
                await all_of(upstream, CALL)

    asyncio.run(story())


@pytest.mark.parametrize("token", ["other", 1, None])
def test_progress_of_something_else_is_dropped(token):
    async def story():
        params = {"progress": 1} if token is None else {"progressToken": token, "progress": 1}
        progress = Notification(method="notifications/progress", params=params)
        request = Request(id=7, method="tools/call", params={"name": "x", "_meta": {"progressToken": "1"}})
        async with serving(lambda asked: stream(event(progress), event(RESULT))) as (_, upstream):
            assert [a.message for a in await all_of(upstream, request)] == [RESULT]

    asyncio.run(story())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(status):
    async def story():
        async with serving(lambda asked: empty(status, "location: http://169.254.169.254/\r\n")) as (server, upstream):
            with pytest.raises(UpstreamProtocolError, match=f"redirects, with {status}"):
                await all_of(upstream, CALL)
            assert len(server.asked) == 1

    asyncio.run(story())


@pytest.mark.parametrize("status", [401, 403])
def test_a_servers_challenge_is_ours_to_see_not_the_clients(status):
    async def story():
        challenge = 'www-authenticate: Bearer resource_metadata="http://10.0.0.1/"\r\n'
        body = Reply(id=7, error=Failure(code=-32001, message="http://10.0.0.1/"))
        async with serving(lambda asked: json_answer(body, status, challenge)) as (_, upstream):
            with pytest.raises(UpstreamUnavailable, match=f"refuses the gateway itself, with {status}") as caught:
                await all_of(upstream, CALL)
            assert "10.0.0.1" not in str(caught.value)

    asyncio.run(story())


@pytest.mark.parametrize(("number", "status"), [(7, 400), (None, 400), (7, 404), (None, 500)])
def test_an_error_status_with_a_json_rpc_error_is_the_reply(number, status):
    async def story():
        failure = Failure(code=-32602, message="no", data={"a": 1})
        body = json.dumps(
            {"jsonrpc": "2.0", "id": number, "error": {"code": -32602, "message": "no", "data": {"a": 1}}}
        ).encode()
        async with serving(lambda asked: json_answer(body, status)) as (_, upstream):
            (arrival,) = await all_of(upstream, CALL)
        assert (arrival.message, arrival.status) == (Reply(id=7, error=failure), status)

    asyncio.run(story())


def test_an_error_body_without_an_id_at_all_is_the_reply():
    async def story():
        body = b'{"jsonrpc":"2.0","error":{"code":-32600,"message":"no"}}'
        async with serving(lambda asked: json_answer(body, 400)) as (_, upstream):
            (arrival,) = await all_of(upstream, CALL)
        assert arrival.message == Reply(id=7, error=Failure(code=-32600, message="no"))

    asyncio.run(story())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (empty(500), UpstreamProtocolError),
        (empty(503), UpstreamUnavailable),
        (empty(429), UpstreamUnavailable),
        (empty(202), UpstreamProtocolError),
        (empty(204), UpstreamProtocolError),
        (json_answer(b"<html>", 500), UpstreamProtocolError),
        (json_answer(RESULT, 500), UpstreamProtocolError),
        (json_answer(Reply(id=8, error=Failure(code=1, message="")), 400), UpstreamProtocolError),
        (json_answer(b"{"), UpstreamProtocolError),
        (json_answer(b"[]"), UpstreamProtocolError),
        (json_answer(b"[" + jsonrpc.encode(RESULT) + b"]"), UpstreamProtocolError),
        (json_answer(b'{"jsonrpc":"2.0","id":7,"result":{},"result":{}}'), UpstreamProtocolError),
        (json_answer(b'{"jsonrpc":"2.0","id":7,"result":{},"error":{"code":1,"message":""}}'), UpstreamProtocolError),
        (json_answer(Notification(method="notifications/message")), UpstreamProtocolError),
        (json_answer(RESULT, extra="content-encoding: gzip\r\n"), UpstreamProtocolError),
        (b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\n{}", UpstreamProtocolError),
        (b"garbage\r\n\r\n", UpstreamProtocolError),
        (EVENTS + END, UpstreamProtocolError),
        (EVENTS + chunk(b"data: {]\n\n") + END, UpstreamProtocolError),
        (EVENTS + chunk(b"data: " + jsonrpc.encode(RESULT)) + END, UpstreamProtocolError),
        (EVENTS + chunk(event(RESULT)[:-10]), UpstreamProtocolError),
    ],
)
def test_an_answer_that_cannot_be_passed_on_is_an_error(answer, error):
    async def story():
        async def script():
            yield answer

        async with serving(lambda asked: script()) as (_, upstream):
            with pytest.raises(error):
                await all_of(upstream, CALL)

    asyncio.run(story())


def test_a_reply_has_a_largest_size_in_either_form():
    async def story():
        large = Reply(id=7, result={"text": "x" * 3_000})
        limits = HttpLimits(reply_bytes=1_000)
        async with serving(lambda asked: json_answer(large), limits=limits) as (_, upstream):
            with pytest.raises(UpstreamProtocolError, match="longer than 1000 bytes"):
                await all_of(upstream, CALL)
        async with serving(lambda asked: stream(event(large), event(large)), limits=limits) as (_, upstream):
            with pytest.raises(UpstreamProtocolError):
                await all_of(upstream, CALL)

    asyncio.run(story())


def test_integers_of_64_bits_pass_exactly():
    async def story():
        exact = Reply(id=7, result={"n": 2**63 - 1})
        async with serving(lambda asked: json_answer(exact)) as (_, upstream):
            assert [a.message for a in await all_of(upstream, CALL)] == [exact]

    asyncio.run(story())


def test_what_comes_after_the_reply_is_not_passed_on():
    async def story():
        async with serving(lambda asked: stream(event(RESULT) + event(RESULT), event(RESULT))) as (_, upstream):
            assert [a.message for a in await all_of(upstream, CALL)] == [RESULT]

    asyncio.run(story())


def test_a_flood_of_comments_stays_with_us():
    async def story():
        async with serving(lambda asked: stream(b": x\n\n" * 5_000, event(RESULT))) as (_, upstream):
            assert [a.message for a in await all_of(upstream, CALL)] == [None, RESULT]

    asyncio.run(story())


def test_an_event_of_another_type_is_not_a_message():
    async def story():
        other = b"event: endpoint\ndata: " + jsonrpc.encode(RESULT) + b"\n\n"
        async with serving(lambda asked: stream(other, event(RESULT))) as (_, upstream):
            assert [a.message for a in await all_of(upstream, CALL)] == [RESULT]

    asyncio.run(story())


def test_leaving_early_closes_the_connection_which_cancels():
    async def story():
        async def script():
            yield EVENTS
            await asyncio.sleep(30)

        async with serving(lambda asked: script()) as (server, upstream):
            async with upstream.open(cleared(CALL), MODERN):
                assert not server.left.is_set()
            await server.left.wait()

    asyncio.run(story())


def test_being_cancelled_while_the_server_is_silent_closes_the_connection():
    async def story():
        async def script():
            await asyncio.sleep(30)
            yield b""

        async with serving(lambda asked: script()) as (server, upstream):
            calling = asyncio.create_task(all_of(upstream, CALL))
            await server.called.wait()
            calling.cancel()
            await server.left.wait()
            assert calling.cancelled() or calling.cancelling()
            await asyncio.wait([calling])

    asyncio.run(story())


def test_a_silent_server_times_out():
    async def story():
        async def script():
            await asyncio.sleep(30)
            yield b""

        times = Timeouts(first_byte=0.05)
        async with serving(lambda asked: script(), timeouts=times) as (_, upstream):
            with pytest.raises(UpstreamTimeout):
                await all_of(upstream, CALL)

    asyncio.run(story())


def test_a_server_that_is_not_there_is_unavailable():
    async def story():
        async with serving(lambda asked: empty(200)) as (server, _):
            url = server.url
        upstream = HttpUpstream("demo", url)
        with pytest.raises(UpstreamUnavailable):
            await all_of(upstream, CALL)
        await upstream.close()

    asyncio.run(story())


def test_nobody_can_cancel_what_another_caller_asked():
    """Without sessions the server sees one client, the gateway: an id in a word of its own could be anybody's."""

    async def story():
        said = Notification(method="notifications/cancelled", params={"requestId": 1})
        async with serving(lambda asked: empty(202)) as (server, upstream):
            assert await all_of(upstream, said) == []
        assert server.asked == []

    asyncio.run(story())


def test_a_notification_that_the_server_refuses_is_an_error():
    async def story():
        async with serving(legacy_server(lambda asked: empty(400))) as (_, upstream):
            session = await greeted(upstream)
            with pytest.raises(UpstreamProtocolError, match="400"):
                await all_of(upstream, Notification(method="notifications/roots/list_changed"), legacy(session))

    asyncio.run(story())


def test_connections_are_used_again_after_a_stream_and_after_json():
    async def story():
        ports = set()

        def script(asked):
            ports.add(asked.writer.get_extra_info("peername")[1])
            if len(ports) == 1 and len(server.asked) % 2:
                return json_answer(RESULT)
            return EVENTS + chunk(event(RESULT)) + END

        async with serving(script) as (server, upstream):
            for _ in range(6):
                await all_of(upstream, CALL)
        assert len(ports) == 1

    asyncio.run(story())


def test_equal_ids_of_many_clients_do_not_mix():
    async def story():
        def script(asked):
            return json_answer(Reply(id=1, result={"echo": asked.message["params"]["arguments"]["nonce"]}))

        async def one(upstream, nonce):
            request = Request(id=1, method="tools/call", params={"name": "x", "arguments": {"nonce": nonce}})
            (arrival,) = await all_of(upstream, request)
            return arrival.message.result["echo"] == nonce

        async with serving(script) as (_, upstream):
            assert all(await asyncio.gather(*(one(upstream, n) for n in range(200))))

    asyncio.run(story())


# The legacy era.

INITIALIZE = Request(id=0, method="initialize", params={"protocolVersion": "2025-11-25", "capabilities": {}})
GREETING = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}
THEIRS = "upstream-session-id"
LEARN = f"mcp-session-id: {THEIRS}\r\n"


def new_session() -> Session:
    session = Session("ours", owner=("", "alice"), server="demo")
    session.stage = Stage.INITIALIZING
    return session


def legacy(session, version="2025-11-25") -> Call:
    return Call(era=Era.LEGACY, version=version, session=session, caller=None)


def greeting(asked, extra=LEARN) -> bytes:
    return json_answer(Reply(id=asked.message["id"], result=GREETING), extra=extra)


def legacy_server(then):
    """A script that shakes hands, and does with everything else what `then` says."""

    def script(asked):
        if asked.verb == "POST" and asked.message.get("method") == "initialize":
            return greeting(asked)
        if asked.verb == "POST" and asked.message.get("method") == "notifications/initialized":
            return empty(202)
        if asked.verb == "DELETE":
            return empty(200)
        return then(asked)

    return script


async def greeted(upstream) -> Session:
    session = new_session()
    (arrival,) = await all_of(upstream, INITIALIZE, legacy(session))
    assert arrival.message == Reply(id=0, result=GREETING)
    session.stage, session.version = Stage.READY, "2025-11-25"
    assert await all_of(upstream, Notification(method="notifications/initialized"), legacy(session)) == []
    return session


def reply_to(asked, result) -> bytes:
    return json_answer(Reply(id=asked.message["id"], result=result))


def test_the_servers_session_id_is_learnt_sent_and_shown_to_nobody():
    async def story():
        async with serving(legacy_server(lambda asked: reply_to(asked, {"ok": 1}))) as (server, upstream):
            session = await greeted(upstream)
            arrivals = await all_of(upstream, CALL, legacy(session))
            await upstream.end(session)
        first, second, third, last = server.asked
        assert "mcp-session-id" not in first.headers
        assert "mcp-protocol-version" not in first.headers
        for asked in (second, third, last):
            assert asked.headers["mcp-session-id"] == THEIRS
            assert asked.headers["mcp-protocol-version"] == "2025-11-25"
        assert not [name for asked in server.asked for name in asked.headers if name in ("mcp-method", "mcp-name")]
        assert (last.verb, session.link) == ("DELETE", None)
        assert [a.message for a in arrivals] == [Reply(id=7, result={"ok": 1})]
        assert THEIRS not in repr(arrivals)
        assert THEIRS not in repr(session.link)

    asyncio.run(story())


def test_no_session_is_learnt_from_an_answer_that_is_no_success():
    async def story():
        def script(asked):
            return json_answer(Reply(id=None, error=Failure(code=-32600, message="no")), 400, LEARN)

        async with serving(script) as (server, upstream):
            session = new_session()
            (arrival,) = await all_of(upstream, INITIALIZE, legacy(session))
            assert arrival.message == Reply(id=0, error=Failure(code=-32600, message="no"))
            assert session.stage is Stage.ENDED
            with pytest.raises(UpstreamUnavailable, match="not open"):
                await all_of(upstream, CALL, legacy(session))
        assert len(server.asked) == 1

    asyncio.run(story())


def test_a_refused_initialize_leaves_no_session_at_the_server():
    async def story():
        def script(asked):
            if asked.verb == "DELETE":
                return empty(200)
            return json_answer(Reply(id=asked.message["id"], error=Failure(code=1, message="no")), extra=LEARN)

        async with serving(script) as (server, upstream):
            session = new_session()
            await all_of(upstream, INITIALIZE, legacy(session))
            assert session.stage is Stage.ENDED
        assert [(asked.verb, asked.headers.get("mcp-session-id")) for asked in server.asked] == [
            ("POST", None),
            ("DELETE", THEIRS),
        ]

    asyncio.run(story())


@pytest.mark.parametrize(
    "extra",
    ["mcp-session-id: a\r\nmcp-session-id: b\r\n", "mcp-session-id: a b\r\n", f"mcp-session-id: {'x' * 5000}\r\n"],
)
def test_a_session_id_that_is_none_ends_the_attempt(extra):
    async def story():
        async with serving(lambda asked: greeting(asked, extra)) as (_, upstream):
            session = new_session()
            with pytest.raises(UpstreamProtocolError):
                await all_of(upstream, INITIALIZE, legacy(session))
            assert session.link is None

    asyncio.run(story())


def test_a_legacy_server_without_sessions_is_fine():
    async def story():
        def script(asked):
            return greeting(asked, "") if asked.message["method"] == "initialize" else reply_to(asked, {})

        async with serving(script) as (server, upstream):
            session = new_session()
            await all_of(upstream, INITIALIZE, legacy(session))
            session.stage = Stage.READY
            await all_of(upstream, CALL, legacy(session))
            await upstream.end(session)
        assert [asked.verb for asked in server.asked] == ["POST", "POST"]

    asyncio.run(story())


def test_a_legacy_message_needs_a_session():
    async def story():
        async with serving(lambda asked: empty(200)) as (server, upstream):
            with pytest.raises(UpstreamEraError):
                await all_of(upstream, CALL, Call(era=Era.LEGACY, version="2025-11-25", caller=None))
            with pytest.raises(UpstreamUnavailable):
                await all_of(upstream, CALL, legacy(new_session()))
        assert server.asked == []

    asyncio.run(story())


def test_two_calls_with_one_id_in_one_session_both_get_their_answers():
    async def story():
        waiting = []
        both = asyncio.Event()

        async def later(asked):
            waiting.append(asked)
            if len(waiting) == 2:
                both.set()
            await both.wait()
            yield reply_to(asked, {"text": asked.message["params"]["arguments"]["text"]})

        async with serving(legacy_server(later)) as (_, upstream):
            session = await greeted(upstream)
            calls = [
                Request(id=1, method="tools/call", params={"name": "x", "arguments": {"text": text}}) for text in "ab"
            ]
            found = await asyncio.gather(*(all_of(upstream, call, legacy(session)) for call in calls))
        assert [a.message for (a,) in found] == [Reply(id=1, result={"text": "a"}), Reply(id=1, result={"text": "b"})]
        assert waiting[0].message["id"] != waiting[1].message["id"]

    asyncio.run(story())


def test_a_reply_to_another_call_of_the_session_harms_neither():
    async def story():
        asked_at = []
        arrived, swap = asyncio.Event(), asyncio.Event()

        async def then(asked):
            asked_at.append(asked)
            arrived.set()
            if len(asked_at) == 1:
                await swap.wait()
                yield reply_to(asked, {"mine": True})
            else:
                yield json_answer(Reply(id=asked_at[0].message["id"], result={"stolen": True}))

        async with serving(legacy_server(then)) as (_, upstream):
            session = await greeted(upstream)
            first = asyncio.create_task(all_of(upstream, CALL, legacy(session)))
            await arrived.wait()
            with pytest.raises(UpstreamProtocolError, match="another request"):
                await all_of(upstream, CALL, legacy(session))
            swap.set()
            assert [a.message for a in await first] == [Reply(id=7, result={"mine": True})]

    asyncio.run(story())


def test_a_question_of_the_servers_gets_an_id_of_ours_and_the_answer_comes_back_under_its_own():
    async def story():
        answered = asyncio.Event()
        answers = []

        async def ask(asked):
            yield EVENTS
            question = {"message": "?", "requestedSchema": {}, "_meta": {"progressToken": "theirs"}}
            yield chunk(event(Request(id="q-7", method="elicitation/create", params=question)))
            await answered.wait()
            yield chunk(event(Reply(id=asked.message["id"], result={}))) + END

        def then(asked):
            if asked.message.get("method") == "tools/call":
                return ask(asked)
            answers.append(asked.message)
            if "result" in asked.message:
                answered.set()
            return empty(202)

        async with serving(legacy_server(then)) as (_, upstream):
            session = await greeted(upstream)
            async with upstream.open(cleared(CALL), legacy(session)) as arrivals:
                question = (await anext(arrivals)).message
                assert isinstance(question, Request)
                assert (question.id, question.params["_meta"]) == (1, {"progressToken": 1})
                working = Notification(method="notifications/progress", params={"progressToken": 1, "progress": 1})
                assert await all_of(upstream, working, legacy(session)) == []
                assert await all_of(upstream, Reply(id=99, result={}), legacy(session)) == []
                assert await all_of(upstream, Reply(id=1, result={"action": "accept"}), legacy(session)) == []
                assert await all_of(upstream, Reply(id=1, result={"action": "again"}), legacy(session)) == []
                assert (await anext(arrivals)).message == Reply(id=7, result={})
        assert answers == [
            {
                "jsonrpc": "2.0",
                "method": "notifications/progress",
                "params": {"progressToken": "theirs", "progress": 1},
            },
            {"jsonrpc": "2.0", "id": "q-7", "result": {"action": "accept"}},
        ]

    asyncio.run(story())


def test_a_server_may_not_ask_before_the_client_is_ready():
    async def story():
        question = Request(id=1, method="roots/list")

        def script(asked):
            return stream(event(question), event(Reply(id=asked.message["id"], result=GREETING)))

        async with serving(script) as (_, upstream):
            arrivals = await all_of(upstream, INITIALIZE, legacy(new_session()))
        assert [a.message for a in arrivals] == [Reply(id=0, result=GREETING)]

    asyncio.run(story())


def test_a_cancellation_reaches_the_server_under_its_own_id_and_an_unknown_one_does_not():
    async def story():
        said = []
        running = asyncio.Event()

        async def run(asked):
            running.set()
            said.append(asked.message["id"])
            yield EVENTS
            await asyncio.sleep(30)

        def then(asked):
            if asked.message["method"] == "tools/call":
                return run(asked)
            said.append(asked.message["params"]["requestId"])
            return empty(202)

        def word(number):
            return Notification(method="notifications/cancelled", params={"requestId": number})

        async with serving(legacy_server(then)) as (_, upstream):
            session = await greeted(upstream)
            call = Request(id="client-1", method="tools/call", params={"name": "x"})
            async with upstream.open(cleared(call), legacy(session)):
                await running.wait()
                await all_of(upstream, word("client-2"), legacy(session))
                await all_of(upstream, word("client-1"), legacy(session))
            await all_of(upstream, word("client-1"), legacy(session))
        assert said == [2, 2]

    asyncio.run(story())


def test_a_session_the_server_forgot_has_ended():
    async def story():
        body = Reply(id=None, error=Failure(code=-32600, message="Session not found"))
        async with serving(legacy_server(lambda asked: json_answer(body, 404))) as (_, upstream):
            session = await greeted(upstream)
            with pytest.raises(UpstreamUnavailable, match="has ended the session"):
                await all_of(upstream, CALL, legacy(session))
            assert session.stage is Stage.ENDED

    asyncio.run(story())


def test_a_call_goes_on_where_its_stream_was_closed():
    """The capture of protocol.md 1.3: a priming event, the connection closes, and the rest comes on a GET."""

    async def story():
        number = []

        def then(asked):
            if asked.verb == "POST":
                number.append(asked.message["id"])
                return stream(b"id: 811\nretry: 100\ndata: \n\n")
            assert asked.headers["last-event-id"] == "811"
            assert asked.headers["accept"] == "text/event-stream"
            progress = {"progressToken": number[0], "progress": 1}
            return stream(
                event(Notification(method="notifications/progress", params=progress), "812"),
                event(Reply(id=number[0], result={"late": True}), "813"),
            )

        request = Request(id="client-id", method="tools/call", params={"name": "x", "_meta": {"progressToken": "pt"}})
        async with serving(legacy_server(then)) as (server, upstream):
            session = await greeted(upstream)
            (priming,) = await all_of(upstream, request, legacy(session))
            assert (priming.message, priming.retry) == (None, 100)
            assert session.events.theirs(priming.event_id) == "811"
            assert "811" not in priming.event_id
            for _ in range(2):  # a client that lost the reply resumes again
                async with upstream.listen(session, priming.event_id) as arrivals:
                    progress, reply = [arrival async for arrival in arrivals]
                assert progress.message.params == {"progressToken": "pt", "progress": 1}
                assert reply.message == Reply(id="client-id", result={"late": True})
                assert session.events.theirs(reply.event_id) == "813"
        assert [asked.verb for asked in server.asked] == ["POST", "POST", "POST", "GET", "GET"]

    asyncio.run(story())


def test_what_was_never_given_out_cannot_be_resumed_from():
    async def story():
        async with serving(legacy_server(lambda asked: stream())) as (server, upstream):
            session = await greeted(upstream)
            for guess in ("811", "x" * 10_000):
                with pytest.raises(UpstreamUnavailable, match="nothing to resume"):
                    async with upstream.listen(session, guess):
                        pass
        assert "GET" not in [asked.verb for asked in server.asked]

    asyncio.run(story())


def test_the_get_stream_brings_news_and_questions_but_no_replies():
    async def story():
        changed = Notification(method="notifications/tools/list_changed")
        question = Request(id=0, method="ping")
        stolen = Reply(id=3, result={"stolen": True})

        def then(asked):
            return stream(event(changed, "1"), event(stolen, "2"), event(question))

        async with serving(legacy_server(then)) as (_, upstream):
            session = await greeted(upstream)
            session.relay.ask(CALL)
            async with upstream.listen(session, "") as arrivals:
                found = [arrival async for arrival in arrivals]
        assert [a.message for a in found] == [changed, None, Request(id=1, method="ping")]
        assert session.relay.in_flight == 1

    asyncio.run(story())


def test_a_server_without_a_get_stream_gives_one_that_is_silent_until_the_session_ends():
    async def story():
        async with serving(legacy_server(lambda asked: empty(405, "allow: POST\r\n"))) as (_, upstream):
            session = await greeted(upstream)
            async with upstream.listen(session, "") as arrivals:
                waiting = asyncio.ensure_future(anext(arrivals, None))
                await asyncio.sleep(0)
                assert not waiting.done()
                await upstream.end(session)
                assert await waiting is None

    asyncio.run(story())


def test_a_silent_stream_ends_at_last():
    async def story():
        times = Patience(listen=0.01)
        async with serving(legacy_server(lambda asked: empty(405)), patience=times) as (_, upstream):
            session = await greeted(upstream)
            async with upstream.listen(session, "") as arrivals:
                with pytest.raises(UpstreamTimeout):
                    await anext(arrivals)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (empty(409), UpstreamUnavailable),
        (empty(401), UpstreamUnavailable),
        (empty(404), UpstreamUnavailable),
        (empty(302), UpstreamProtocolError),
        (json_answer(RESULT), UpstreamProtocolError),
        (empty(200), UpstreamProtocolError),
    ],
)
def test_a_get_that_is_no_stream_is_an_error(answer, error):
    async def story():
        async with serving(legacy_server(lambda asked: answer)) as (_, upstream):
            session = await greeted(upstream)
            with pytest.raises(error):
                async with upstream.listen(session, ""):
                    pass

    asyncio.run(story())


def test_ending_a_session_never_fails():
    async def story():
        def script(asked):
            return greeting(asked) if asked.verb == "POST" else empty(500)

        async with serving(script) as (_, upstream):
            session = new_session()
            await all_of(upstream, INITIALIZE, legacy(session))
            await upstream.end(session)
            await upstream.end(session)
            await upstream.end(new_session())

    asyncio.run(story())


def test_a_session_of_another_configuration_is_not_taken_over():
    async def story():
        async with serving(legacy_server(lambda asked: reply_to(asked, {}))) as (_, upstream):
            session = await greeted(upstream)
            async with serving(legacy_server(lambda asked: reply_to(asked, {}))) as (server, other):
                with pytest.raises(UpstreamUnavailable, match="not open"):
                    await all_of(other, CALL, legacy(session))
                await other.end(session)
                assert server.asked == []
            assert (session.stage, session.link) == (Stage.ENDED, None)

    asyncio.run(story())


def test_sessions_with_equal_ids_do_not_mix():
    async def story():
        def script(asked):
            if asked.message["method"] == "initialize":
                return greeting(asked, f"mcp-session-id: s{len(server.asked)}\r\n")
            return reply_to(asked, {"session": asked.headers["mcp-session-id"]})

        async with serving(script) as (server, upstream):
            sessions = [new_session() for _ in range(20)]
            for session in sessions:
                await all_of(upstream, INITIALIZE, legacy(session))
                session.stage = Stage.READY
            found = await asyncio.gather(*(all_of(upstream, CALL, legacy(session)) for session in sessions))
        assert [a.message.result["session"] for (a,) in found] == [f"s{n}" for n in range(1, 21)]

    asyncio.run(story())


# Probing.


def test_a_probe_finds_out_which_eras_are_spoken():
    def modern(asked):
        if asked.message["method"] == "server/discover":
            return reply_to(asked, {"supportedVersions": ["2026-07-28", "2099-01-01"], "capabilities": {}})
        return None

    def old(asked):
        if asked.message["method"] == "initialize":
            return greeting(asked)
        return None

    def no(asked):
        return json_answer(Reply(id=None, error=Failure(code=-32601, message="what?")), 404)

    def both(asked):
        return modern(asked) or old(asked) or no(asked)

    async def story():
        for script, expected in [
            (lambda asked: modern(asked) or no(asked), Offer(eras=frozenset(Era), versions=("2026-07-28",))),
            (lambda asked: old(asked) or no(asked), Offer(eras=frozenset({Era.LEGACY}), versions=("2025-11-25",))),
            (both, Offer(eras=frozenset(Era), versions=("2026-07-28",))),
            (no, Offer()),
        ]:
            async with serving(
                lambda asked, script=script: empty(200) if asked.verb == "DELETE" else script(asked)
            ) as (server, upstream):
                assert await upstream.probe() == expected
            deleted = [asked.headers["mcp-session-id"] for asked in server.asked if asked.verb == "DELETE"]
            assert deleted == ([THEIRS] if expected.versions == ("2025-11-25",) else [])

    asyncio.run(story())


def test_a_probe_of_a_server_that_lists_no_version_we_know_is_empty():
    async def story():
        unsupported = Failure(code=-32022, message="no", data={"supported": ["2027-01-01"]})

        def script(asked):
            return json_answer(Reply(id=asked.message["id"], error=unsupported), 400)

        async with serving(script) as (_, upstream):
            assert await upstream.probe() == Offer()

    asyncio.run(story())


def test_a_probe_ends_in_time_or_at_once():
    async def story():
        async def hang(asked):
            await asyncio.sleep(30)
            yield b""

        async with serving(hang, patience=Patience(probe=0.05)) as (_, upstream):
            with pytest.raises(UpstreamTimeout):
                await upstream.probe()
        async with serving(lambda asked: empty(401)) as (server, upstream):
            with pytest.raises(UpstreamUnavailable):
                await upstream.probe()
        assert len(server.asked) == 1

    asyncio.run(story())


# Configuration.


@pytest.mark.parametrize("name", ["Mcp-Session-Id", "accept", "Host", "content-type", "MCP-NAME", "a b", "", "x:"])
def test_headers_of_ours_cannot_be_configured(name):
    with pytest.raises(ConfigError):
        HttpUpstream("demo", "http://127.0.0.1:1/", headers={name: Secret("x")})


def test_a_secret_is_read_for_each_request_and_checked():
    async def story():
        async with serving(lambda asked: json_answer(RESULT), headers={"x-key": Secret("a\r\nhost: evil")}) as (
            server,
            upstream,
        ):
            with pytest.raises(UpstreamUnavailable, match="cannot hold") as caught:
                await all_of(upstream, CALL)
            assert "evil" not in str(caught.value)
            assert server.asked == []

    asyncio.run(story())


def test_closing_ends_what_is_under_way():
    async def story():
        async def script():
            yield EVENTS
            await asyncio.sleep(30)

        async with serving(lambda asked: script()) as (server, upstream):
            calling = asyncio.create_task(all_of(upstream, CALL))
            await server.called.wait()
            await upstream.close()
            with pytest.raises((UpstreamUnavailable, UpstreamProtocolError)):
                await calling

    asyncio.run(story())
