from __future__ import annotations

import inspect
import typing

import pytest

from yett.core import pipeline
from yett.core.exchange import Era
from yett.core.message import Notification, Reply, Request
from yett.core.pipeline import Cleared
from yett.secrets.secret import Secret
from yett.state.sessions import Session
from yett.upstream.command import Command
from yett.upstream.http import HttpUpstream
from yett.upstream.inline import InlineUpstream
from yett.upstream.process import ProcessUpstream
from yett.upstream.upstream import Call, Prompt, Upstream


def made():
    return [
        HttpUpstream("a", "http://127.0.0.1:1/mcp", headers={"x-key": Secret("s")}),
        ProcessUpstream("b", Command(argv=("true",))),
    ]


def test_every_kind_is_an_upstream():
    upstreams: list[Upstream] = made()
    assert [upstream.name for upstream in upstreams] == ["a", "b"]


def test_opening_promises_and_entering_acts():
    """A conductor that has recorded its intent may call `open()` anywhere: what can fail, fails inside."""
    legacy = Call(era=Era.LEGACY, version="2025-11-25", caller=None)
    for upstream in (
        HttpUpstream("a", "http://127.0.0.1:1/mcp", headers={"x-key": Secret(None)}),
        ProcessUpstream("b", Command(argv=("no-such-program",), env={"KEY": Secret(None)})),
    ):
        for message in (Request(id=1, method="ping"), Notification(method="x"), Reply(id=1, result={})):
            for call in (Call(era=Era.MODERN, version="2026-07-28", caller=None), legacy):
                upstream.open(Cleared(message, b"", pipeline._SEAL), call)
        upstream.listen(Session("s", owner=("", ""), server="a"), "1")


@pytest.mark.parametrize("kind", [HttpUpstream, ProcessUpstream, InlineUpstream])
def test_nothing_but_a_cleared_message_can_be_sent(kind):
    public = {name for name, _ in inspect.getmembers(kind, callable) if not name.startswith("_")}
    assert public - {"ask"} == {"close", "end", "listen", "open", "probe"}
    for send in (kind.open, getattr(kind, "ask", kind.open)):
        taken = typing.get_type_hints(send)["cleared"]
        assert typing.get_origin(taken) is Cleared


def test_over_http_calls_can_be_sent_at_once_and_over_pipes_they_cannot():
    assert [isinstance(upstream, Prompt) for upstream in made()] == [True, False]
