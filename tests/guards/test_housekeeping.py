from __future__ import annotations

import pytest

from yett.core.exchange import ANONYMOUS, Channel, Entrance, Exchange, Principal
from yett.core.message import Failure, Notification, Reply, Request
from yett.core.verdict import ALLOW, Deny
from yett.guards.housekeeping import ERRANDS, GATEWAY, NOT_AN_ERRAND, Housekeeping


def judged(request, principal=GATEWAY):
    channel = Channel(entrance=Entrance.GATEWAY, peer="")
    exchange = Exchange(id="x", received_at=0.0, channel=channel, server="demo", request=request, principal=principal)
    return Housekeeping().check_request(exchange)


@pytest.mark.parametrize("method", sorted(ERRANDS))
def test_the_gateway_may_run_its_errands(method):
    notification = method.startswith("notifications/")
    assert judged(Notification(method=method) if notification else Request(id=1, method=method)) == ALLOW


@pytest.mark.parametrize("method", ["tools/call", "resources/read", "prompts/get", "TOOLS/LIST", "", "tasks/get"])
def test_the_gateway_may_do_nothing_else(method):
    assert judged(Request(id=1, method=method)) == Deny(reason=NOT_AN_ERRAND, detail=method)
    assert judged(Reply(id=1, result={})) == Deny(reason=NOT_AN_ERRAND, detail="reply")


def test_the_gateway_may_decline_what_a_server_asks_for():
    assert judged(Reply(id=1, error=Failure(code=4030, message="denied"))) == ALLOW


@pytest.mark.parametrize(
    "principal",
    [
        ANONYMOUS,
        Principal(issuer="yett", subject="alice"),
        Principal(issuer="", subject="gateway"),
        Principal(issuer="yett", subject="gateway", roles=frozenset({"admin"})),
        Principal(issuer="yett", subject="gateway", credential="key"),
    ],
)
def test_nobody_else_may_use_this_way_in(principal):
    verdict = judged(Request(id=1, method="tools/list"), principal)
    assert verdict == Deny(reason=NOT_AN_ERRAND, detail="not the gateway")
