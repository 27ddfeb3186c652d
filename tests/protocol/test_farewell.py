from __future__ import annotations

from yett.core.message import Notification, Reply, Request
from yett.protocol.farewell import farewell


def test_a_subscription_ends_with_the_result_that_names_it() -> None:
    listen = Request(id="listen-1", method="subscriptions/listen", params={"notifications": {}})
    assert farewell(listen) == Reply(
        id="listen-1",
        result={"resultType": "complete", "_meta": {"io.modelcontextprotocol/subscriptionId": "listen-1"}},
    )


def test_the_stream_of_a_legacy_session_just_ends() -> None:
    assert farewell(Notification(method="session/listen")) is None
