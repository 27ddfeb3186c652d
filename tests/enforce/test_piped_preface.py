from __future__ import annotations

from yett.core.exchange import Channel, Entrance, Era
from yett.core.message import Notification, Reply, Request
from yett.core.verdict import Deny
from yett.enforce.piped_preface import PipedPreface
from yett.identity.credentials import Credentials
from yett.protocol.headers import McpHeaders, Story

META = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}
SHOWN = Credentials(authorization=(b"Bearer t",), server="demo")


def _preface(session: str = "") -> PipedPreface:
    return PipedPreface(Channel(entrance=Entrance.STDIO, peer=""), "demo", SHOWN, session)


def test_a_pipe_takes_every_answer_and_knows_its_session():
    assert _preface().mcp() == McpHeaders(accept_json=True, accept_sse=True)
    assert _preface("s1").mcp() == McpHeaders(session="s1", accept_json=True, accept_sse=True)
    assert (_preface().credentials, _preface().headers) == (SHOWN, ())


def test_the_message_alone_tells_its_era():
    modern, legacy = Story(era=Era.MODERN, version="2026-07-28"), Story(era=Era.LEGACY, version="2025-03-26")
    told = _preface("s1").story
    headers = McpHeaders()
    assert told(headers, Request(id=1, method="tools/list", params=META)) == modern
    assert told(headers, Request(id=1, method="tools/list")) == legacy
    assert told(headers, Reply(id=1, result={})) == legacy
    assert told(headers, Notification(method="notifications/cancelled")) == legacy
    unknown = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2099-01-01"}}
    assert isinstance(told(headers, Request(id=1, method="tools/list", params=unknown)), Deny)


def test_without_a_session_a_notification_is_modern():
    told = _preface().story
    assert told(McpHeaders(), Notification(method="notifications/cancelled", params={"requestId": 1})) == Story(
        era=Era.MODERN, version="2026-07-28"
    )
    assert told(McpHeaders(), Request(id=1, method="initialize")) == Story(era=Era.LEGACY, version="2025-03-26")
