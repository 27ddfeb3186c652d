from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.message import Notification, Reply, Request
from yett.errors import PeerError, UpstreamProtocolError
from yett.protocol import jsonrpc
from yett.protocol.event_ids import EventIds
from yett.protocol.jsonrpc import Bounds
from yett.protocol.session import Stage
from yett.state.sessions import Session
from yett.upstream.ear import CallEar, ModernEar, StreamEar
from yett.upstream.events import Events
from yett.upstream.upstream import Arrival

CALL = Request(id=7, method="tools/call", params={"name": "x"})
RESULT = Reply(id=7, result={})
LOG = Notification(method="notifications/message", params={"level": "info", "data": "\u2028"})


def event(message, head=b"") -> bytes:
    return head + b"data: " + jsonrpc.encode(message) + b"\n\n"


async def chunks(*parts):
    for part in parts:
        yield part


def modern(*parts, bounds=None) -> Events:
    return Events("demo", chunks(*parts), ModernEar("demo", CALL), bounds or Bounds(), None)


def resumable(*parts) -> tuple[Events, EventIds]:
    session = Session("s", owner=("", ""), server="demo")
    session.stage = Stage.READY
    session.relay.ask(CALL)
    return Events("demo", chunks(*parts), CallEar("demo", session, 1), Bounds(), session.events), session.events


async def all_of(events) -> list[Arrival]:
    return [arrival async for arrival in events]


def test_events_become_arrivals_up_to_the_reply():
    found = asyncio.run(all_of(modern(b": hi\n\n" + event(LOG) + event(RESULT) + event(LOG))))
    assert found == [
        Arrival(message=None),
        Arrival(message=LOG, encoded=jsonrpc.encode(LOG)),
        Arrival(message=RESULT, encoded=jsonrpc.encode(RESULT)),
    ]


def test_event_ids_of_a_stream_that_cannot_be_resumed_are_not_given_on():
    found = asyncio.run(all_of(modern(event(RESULT, b"id: 1\nretry: 5\n"))))
    assert found == [Arrival(message=RESULT, encoded=jsonrpc.encode(RESULT))]


def test_an_end_before_the_reply_is_an_error_unless_the_stream_can_be_resumed():
    with pytest.raises(UpstreamProtocolError, match="without the reply"):
        asyncio.run(all_of(modern(event(LOG))))
    events, _ = resumable(event(LOG))
    with pytest.raises(UpstreamProtocolError, match="without the reply"):
        asyncio.run(all_of(events))
    events, ids = resumable(event(LOG, b"id: theirs\n"))
    (arrival,) = asyncio.run(all_of(events))
    assert ids.theirs(arrival.event_id) == "theirs"


def test_the_id_of_an_event_that_is_dropped_can_be_resumed_from():
    unknown = Notification(method="notifications/vendor")
    events, ids = resumable(event(unknown, b"id: 1\nretry: 7\n"))
    (arrival,) = asyncio.run(all_of(events))
    assert (arrival.message, arrival.retry, ids.theirs(arrival.event_id)) == (None, 7, "1")


@pytest.mark.parametrize("data", [b"{", b"[]", b"null", b'{"jsonrpc":"2.0"}', b"\xff", b'{"a":1,"a":2}'])
def test_an_event_that_is_no_message_breaks_the_stream(data):
    with pytest.raises(UpstreamProtocolError):
        asyncio.run(all_of(modern(b"data: " + data + b"\n\n" + event(RESULT))))


def test_an_event_has_a_largest_size():
    large = Reply(id=7, result={"text": "x" * 10_000})
    with pytest.raises(UpstreamProtocolError):
        asyncio.run(all_of(modern(event(large), bounds=Bounds(bytes=1_000))))


def test_a_stream_that_never_ends_an_event_is_cut_off():
    async def flood():
        while True:
            yield b"data: x\n" * 1_000

    events = Events("demo", flood(), ModernEar("demo", CALL), Bounds(bytes=10_000), None)
    with pytest.raises(UpstreamProtocolError):
        asyncio.run(all_of(events))


def test_a_stream_is_left_to_end_after_its_reply_but_not_for_long():
    async def story():
        ended = []

        async def ends():
            yield event(RESULT)
            ended.append(True)

        async def never_ends():
            yield event(RESULT)
            await asyncio.sleep(60)

        async def goes_on():
            yield event(RESULT)
            while True:
                yield b": more\n\n" * 1_000

        async def breaks():
            yield event(RESULT)
            raise UpstreamProtocolError("cut off")

        for stream in (ends, never_ends, goes_on, breaks):
            events = Events("demo", stream(), ModernEar("demo", CALL), Bounds(), None)
            assert len(await all_of(events)) == 1
            await events.finish()
        assert ended == [True]

    asyncio.run(story())


def test_a_stream_that_is_left_before_its_reply_is_not_read_on():
    async def story():
        async def stream():
            yield event(LOG)
            raise AssertionError("read on")

        events = Events("demo", stream(), ModernEar("demo", CALL), Bounds(), None)
        await anext(events)
        await events.finish()

    asyncio.run(story())


STREAM = (
    b"\xef\xbb\xbf: hello\r\n\r\nid: 1\nretry: 3\ndata:\n\n"
    + event(LOG, b"id: 2\n")
    + event(Request(id=0, method="ping"))
    + event(Reply(id=1, result={"text": "\n\n"}), b"id: 3\nevent: message\n")
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_the_cuts_of_the_network_change_nothing(cuts):
    edges = [0, *sorted(cuts), len(STREAM)]
    parts = [STREAM[start:end] for start, end in pairwise(edges)]
    assert asyncio.run(all_of(resumable(*parts)[0])) == asyncio.run(all_of(resumable(STREAM)[0]))


@given(st.integers(0, len(STREAM) - 1))
def test_a_stream_cut_anywhere_ends_in_an_error_or_can_be_resumed(at):
    """F-04: never a silent clean end. The ids that were given on before the cut are where the client goes on."""
    events, _ = resumable(STREAM[:at])
    try:
        found = asyncio.run(all_of(events))
    except UpstreamProtocolError:
        return
    assert [a for a in found if a.event_id]
    assert not [a for a in found if isinstance(a.message, Reply)]


@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"data: ", b"\n\n", b"id: ", b"{}", jsonrpc.encode(LOG)])))
def test_whatever_is_sent_it_is_a_message_or_an_error(parts):
    session = Session("s", owner=("", ""), server="demo")
    session.stage = Stage.READY
    events = Events("demo", chunks(*parts), StreamEar("demo", session, resumed=True), Bounds(bytes=200), session.events)
    try:
        found = asyncio.run(all_of(events))
    except PeerError:
        return
    assert all(isinstance(arrival, Arrival) for arrival in found)
