import asyncio

import pytest

from yett.auditor.live.errand import AUDITOR, NOT_A_QUESTION, Errand, Questions
from yett.core.exchange import ANONYMOUS, Channel, Entrance, Era, Exchange
from yett.core.message import Reply, Request
from yett.core.verdict import ALLOW, Deny
from yett.errors import UpstreamProtocolError


def judged(message, principal=AUDITOR):
    channel = Channel(entrance=Entrance.GATEWAY, peer="")
    exchange = Exchange(id="x", received_at=0.0, channel=channel, server="s", principal=principal, request=message)
    return Questions().check_request(exchange)


def test_nothing_that_changes_anything_leaves_an_audit():
    assert judged(Request(id=1, method="tools/list")) == ALLOW
    for method in ("tools/call", "resources/read", "prompts/get", "completion/complete", "logging/setLevel"):
        assert judged(Request(id=1, method=method)) == Deny(reason=NOT_A_QUESTION)
    assert judged(Reply(id=1, result={})) == Deny(reason=NOT_A_QUESTION)
    assert judged(Request(id=1, method="tools/list"), ANONYMOUS) == Deny(reason=NOT_A_QUESTION)


def test_a_modern_server_is_asked_without_a_handshake(fake):
    server = fake(lambda method, _: {"capabilities": {}, "asked": method})

    async def go():
        errand = Errand(server)
        await errand.begin()
        assert (errand.era, errand.info["asked"]) == (Era.MODERN, "server/discover")
        await errand.end()

    asyncio.run(go())
    ((method, params, era, version),) = server.said
    assert (method, era, version) == ("server/discover", Era.MODERN, "2026-07-28")
    assert params["_meta"]["io.modelcontextprotocol/clientInfo"]["name"] == "yett-audit"
    assert server.ended == 0


def test_a_legacy_server_is_greeted_and_left(fake):
    server = fake(lambda *_: {"protocolVersion": "2025-06-18"}, (Era.LEGACY,), ("2025-11-25",))

    async def go():
        errand = Errand(server)
        await errand.begin()
        assert (errand.era, errand.version) == (Era.LEGACY, "2025-06-18")
        await errand.end()

    asyncio.run(go())
    assert [method for method, *_ in server.said] == ["initialize", "notifications/initialized"]
    assert server.ended == 1


@pytest.mark.parametrize("answer", [-32603, [], None, "x", {"protocolVersion": "1999-01-01"}])
def test_an_answer_that_is_none_is_an_error_in_words(fake, answer):
    server = fake(lambda *_: answer, (Era.LEGACY,), ("2025-11-25",))
    with pytest.raises(UpstreamProtocolError):
        asyncio.run(Errand(server).begin())


def test_a_server_without_a_version_that_we_know_is_told(fake):
    with pytest.raises(UpstreamProtocolError, match="no protocol version"):
        asyncio.run(Errand(fake(lambda *_: {}, (), ())).begin())
