"""Rate limits: judges what the counters said about this caller."""

from __future__ import annotations

from typing import ClassVar

from yett.core.exchange import Exchange
from yett.core.guard import Guard, Phase
from yett.core.message import Message
from yett.core.reason import Kind, Reason
from yett.core.verdict import ALLOW, Deny, Verdict

LIMIT_REACHED = Reason(code="rate-limit.reached", kind=Kind.LIMITED, public="too many calls; try again later")
QUOTA_UNKNOWN = Reason(code="rate-limit.unknown", kind=Kind.UNAVAILABLE, public="the rate limits cannot be checked")


class RateLimit(Guard):
    """The counting happened in `state`; a caller that nobody counted is refused."""

    name: ClassVar[str] = "rate-limit"
    phase: ClassVar[Phase] = Phase.METER

    def check_request(self, exchange: Exchange) -> Verdict[Message]:
        """Refuse when a limit is spent, and say when to come back."""
        quota = exchange.quota
        if quota is None:
            return Deny(reason=QUOTA_UNKNOWN)
        if quota.spent:
            return Deny(reason=LIMIT_REACHED, detail=quota.spent, retry_after=quota.retry_after)
        return ALLOW
