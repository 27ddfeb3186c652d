"""A conversation with a child that is played by the test: what it hears is called, what it says is collected."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from yett import telemetry
from yett.core.message import Failure, Notification, Reply, Request
from yett.errors import UpstreamProtocolError, UpstreamUnavailable
from yett.protocol import jsonrpc
from yett.protocol.jsonrpc import Bounds
from yett.protocol.session import Stage
from yett.state.sessions import Session
from yett.upstream.conversation import PENDING, PENDING_BYTES, Conversation
from yett.upstream.lines import OVERLONG
from yett.upstream.mailbox import Mailbox
from yett.upstream.upstream import Arrival

CALL = Request(id="c", method="tools/call", params={"name": "x"})
CHANGED = Notification(method="notifications/tools/list_changed")
LOG = Notification(method="notifications/message", params={"level": "info", "data": "x"})
PING = Request(id=0, method="ping")


class Child:
    pid = 1

    def __init__(self):
        self.said = []
        self.full = False

    def write(self, line):
        if not self.full:
            self.said.append(msgspec.json.decode(line))
        return not self.full

    async def send(self, line):
        if self.full:
            raise UpstreamUnavailable("full")
        self.write(line)

    async def stop(self):
        self.said.append("stop")


class Talk:
    """A conversation and what came of it."""

    def __init__(self, session=None):
        self.ends = []
        self.talk = Conversation("talk", session, lambda _, died: self.ends.append(died))
        self.talk._bounds = Bounds()
        self.child = self.talk._child = Child()

    def hears(self, *messages):
        for message in messages:
            self.talk._hear_line(message if not isinstance(message, Request | Reply | Notification) else line(message))

    async def ask(self, request=CALL):
        mailbox = Mailbox(1)
        return await self.talk.ask(request, mailbox), mailbox


def line(message) -> bytes:
    return jsonrpc.encode(message)


def ready() -> Session:
    session = Session("s", owner=("", "alice"), server="talk")
    session.stage = Stage.READY
    return session


def taken(mailbox) -> list:
    return [arrival.message for arrival, _ in mailbox._waiting]


def count(reason) -> float:
    return telemetry.DROPPED.series().get(("talk", reason), 0)


def test_a_call_gets_what_is_its_own_and_its_mailbox_closes_with_the_reply():
    async def story():
        talk = Talk()
        number, mailbox = await talk.ask()
        assert talk.child.said == [{"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "x"}}]
        talk.hears(LOG, Reply(id=number, result={}))
        assert [arrival async for arrival in mailbox] == [Arrival(message=Reply(id="c", result={}))]
        assert talk.talk.greeted
        talk.talk.leave(number)
        assert len(talk.child.said) == 1

    asyncio.run(story())


def test_a_mailbox_that_overflowed_is_cancelled_at_the_server():
    async def story():
        talk = Talk()
        number, mailbox = await talk.ask()
        mailbox.fail(UpstreamUnavailable("too much"))
        talk.talk.leave(number)
        assert talk.child.said[-1]["method"] == "notifications/cancelled"
        talk.hears(Reply(id=number, result={}))
        assert talk.talk._strikes == 0

    asyncio.run(story())


def test_leaving_while_the_pipe_is_full_waits_for_nothing():
    async def story():
        talk = Talk()
        number, _ = await talk.ask()
        talk.child.full = True
        talk.talk.leave(number)
        assert len(talk.child.said) == 1

    asyncio.run(story())


def test_a_call_that_cannot_be_sent_waits_for_nothing():
    async def story():
        talk = Talk(ready())
        talk.child.full = True
        with pytest.raises(UpstreamUnavailable, match="full"):
            await talk.ask()
        assert (talk.talk._calls, talk.talk._relay.in_flight) == ({}, 0)

    asyncio.run(story())


@pytest.mark.parametrize("message", [LOG, CHANGED])
def test_the_unattributed_is_nobodys_in_the_modern_era(message):
    async def story():
        talk = Talk()
        _, mailbox = await talk.ask()
        before = count("unattributed")
        talk.hears(message)
        assert taken(mailbox) == []
        assert count("unattributed") == before + 1

    asyncio.run(story())


def test_in_a_session_work_is_told_to_the_latest_call_and_news_to_the_listener():
    async def story():
        talk = Talk(ready())
        _, first = await talk.ask()
        second_number, second = await talk.ask()
        listener = talk.talk.listen(1)
        talk.hears(LOG, CHANGED, PING)
        assert taken(first) == []
        assert taken(second) == [LOG, Request(id=1, method="ping")]
        assert taken(listener) == [CHANGED]
        talk.hears(Reply(id=second_number, result={}), LOG)
        assert taken(first) == [LOG]
        talk.talk.unlisten(listener)
        talk.hears(CHANGED)
        assert taken(first) == [LOG, CHANGED]

    asyncio.run(story())


def test_what_nobody_hears_waits_for_the_next_who_does():
    async def story():
        talk = Talk(ready())
        talk.hears(CHANGED, PING)
        _, mailbox = await talk.ask()
        assert taken(mailbox) == [CHANGED, Request(id=1, method="ping")]
        listener = talk.talk.listen(1)
        assert taken(listener) == []

    asyncio.run(story())


def test_what_waits_is_bounded_in_number_and_bytes():
    talk = Talk(ready())
    before = count("nobody-listens")
    talk.hears(*[CHANGED] * (PENDING + 3))
    assert (len(talk.talk._pending), count("nobody-listens")) == (PENDING, before + 3)
    large = Notification(method="notifications/message", params={"level": "info", "data": "x" * 900_000})
    talk.hears(*[large] * 20)
    assert talk.talk._pending_bytes <= PENDING_BYTES


@pytest.mark.parametrize("bad", [b"hello", OVERLONG, b"{}", b"[]", b"\xff", line(Reply(id=99, result={}))])
def test_three_bad_lines_in_a_row_end_it(bad):
    async def story():
        talk = Talk()
        number, mailbox = await talk.ask()
        talk.hears(bad, bad, Reply(id=number, result={}), bad, bad)
        assert not talk.talk.over
        _, waiting = await talk.ask()
        talk.hears(bad)
        assert (talk.talk.over, talk.ends) == (True, [True])
        with pytest.raises(UpstreamProtocolError, match="3 lines in a row"):
            await anext(waiting)
        assert await anext(mailbox) is not None
        with pytest.raises(UpstreamUnavailable, match="3 lines in a row"):
            await talk.ask()

    asyncio.run(story())


def test_the_end_of_the_child_is_the_end_of_all_who_wait_and_of_the_session():
    async def story():
        session = ready()
        talk = Talk(session)
        _, mailbox = await talk.ask()
        listener = talk.talk.listen(1)
        talk.talk._hear_end("gone")
        talk.talk._hear_end("again")
        assert (session.stage, talk.ends) == (Stage.ENDED, [True])
        for waiting in (mailbox, listener):
            with pytest.raises(UpstreamUnavailable, match="gone"):
                await anext(waiting)
        with pytest.raises(UpstreamUnavailable, match="gone"):
            talk.talk.listen(1)

    asyncio.run(story())


def test_stopping_is_no_death():
    async def story():
        talk = Talk()
        await talk.talk.stop()
        assert (talk.ends, talk.child.said) == ([False], ["stop"])

    asyncio.run(story())


def test_a_complaint_without_an_id_is_somebodys_only_where_there_is_one():
    async def story():
        complaint = Reply(id=None, error=Failure(code=-32700, message="what?"))
        talk = Talk(ready())
        _, mailbox = await talk.ask()
        talk.hears(complaint)
        assert taken(mailbox) == [Reply(id="c", error=Failure(code=-32700, message="what?"))]
        shared = Talk()
        _, mailbox = await shared.ask()
        shared.hears(complaint)
        assert (taken(mailbox), shared.talk._strikes) == ([], 1)

    asyncio.run(story())


def test_a_word_about_something_unknown_is_not_sent():
    async def story():
        talk = Talk(ready())
        await talk.talk.say(Reply(id=1, result={}), b"")
        await talk.talk.say(Notification(method="notifications/cancelled", params={"requestId": 1}), b"")
        assert talk.child.said == []
        said = Notification(method="notifications/roots/list_changed")
        await talk.talk.say(said, line(said))
        assert talk.child.said == [{"jsonrpc": "2.0", "method": "notifications/roots/list_changed"}]

    asyncio.run(story())


def test_a_conversation_that_was_not_started_says_so():
    async def story():
        talk = Conversation("talk", None, lambda *_: None)
        with pytest.raises(UpstreamUnavailable, match="not started"):
            await talk.ask(CALL, Mailbox(1))
        assert talk.pid == 0
        await talk.stop()

    asyncio.run(story())
