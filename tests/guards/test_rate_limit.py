from __future__ import annotations

import pytest

from yett.core.exchange import Channel, Entrance, Exchange, Quota
from yett.core.verdict import ALLOW, Deny
from yett.guards.rate_limit import LIMIT_REACHED, QUOTA_UNKNOWN, RateLimit


@pytest.mark.parametrize(
    ("quota", "verdict"),
    [
        (Quota(), ALLOW),
        (
            Quota(spent="user: 2 in 60 s", retry_after=30.0),
            Deny(reason=LIMIT_REACHED, detail="user: 2 in 60 s", retry_after=30.0),
        ),
        (None, Deny(reason=QUOTA_UNKNOWN)),
    ],
)
def test_what_is_spent_or_uncounted_is_refused(quota, verdict):
    channel = Channel(entrance=Entrance.GATEWAY, peer="127.0.0.1")
    exchange = Exchange(id="x", received_at=0.0, channel=channel, server="demo", quota=quota)
    assert RateLimit().check_request(exchange) == verdict
