from __future__ import annotations

from typing import ClassVar

from yett.core.exchange import Channel, Entrance
from yett.core.guard import Guard, Phase
from yett.core.pipeline import PIPELINE_EMPTY, Guarded, Pipeline
from yett.core.verdict import ALLOW, Deny
from yett.enforce.preface import Preface
from yett.identity.credentials import Credentials
from yett.protocol.headers import HEADER_TWICE, McpHeaders
from yett.protocol.methods import subject

CHANNEL = Channel(entrance=Entrance.GATEWAY, peer="192.0.2.7", host="127.0.0.1:8080")


class Doorkeeper(Guard):
    name: ClassVar[str] = "doorkeeper"
    phase: ClassVar[Phase] = Phase.ADMIT

    def __init__(self) -> None:
        self.seen = []

    def check_request(self, exchange):
        self.seen.append(exchange)
        return ALLOW


def preface(*headers):
    return Preface(CHANNEL, "demo", headers)


def pipeline(*guards):
    return Pipeline([Guarded(guard=guard) for guard in guards], subject=subject)


def test_every_credential_is_kept_in_its_order() -> None:
    said = preface((b"authorization", b"a"), (b"host", b"h"), (b"authorization", b"b"))
    assert said.credentials == Credentials(authorization=(b"a", b"b"), server=said.server)


def test_headers_are_read_once() -> None:
    said = preface((b"mcp-method", b"ping"))
    assert said.mcp() == McpHeaders(method="ping")
    assert said.mcp() is said.mcp()


def test_a_refusal_of_the_headers_is_kept_too() -> None:
    said = preface((b"mcp-method", b"ping"), (b"mcp-method", b"ping"))
    assert said.mcp() == Deny(reason=HEADER_TWICE, detail="method")
    assert said.mcp() is said.mcp()


def test_a_pipeline_is_asked_once_and_sees_neither_time_nor_id_nor_caller() -> None:
    keeper = Doorkeeper()
    guards, said = pipeline(keeper), preface()
    assert (said.refused_by(guards), said.refused_by(guards)) == (None, None)
    [seen] = keeper.seen
    assert (seen.channel, seen.server, seen.id, seen.received_at) == (CHANNEL, "demo", "", 0.0)


def test_another_pipeline_is_asked_anew() -> None:
    said = preface()
    assert said.refused_by(pipeline(Doorkeeper())) is None
    assert said.refused_by(pipeline()) == Deny(reason=PIPELINE_EMPTY)
    assert said.refused_by(pipeline(Doorkeeper())) is None
