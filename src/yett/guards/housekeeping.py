"""The gateway's own errands: it may ask what a server speaks and which tools it has, and nothing else."""

from __future__ import annotations

from typing import ClassVar, Final

from yett.core.exchange import Exchange, Principal
from yett.core.guard import Guard, Phase
from yett.core.message import Message, Reply
from yett.core.reason import Kind, Reason
from yett.core.verdict import ALLOW, Deny, Verdict

NOT_AN_ERRAND = Reason(
    code="housekeeping.not-an-errand", kind=Kind.DENIED, public="the gateway does not do this itself"
)

GATEWAY: Final = Principal(issuer="yett", subject="gateway")
"""Who the gateway is on its own errands. No credential leads here: its pipeline is fed by the gateway alone."""

ERRANDS: Final = frozenset({"initialize", "notifications/initialized", "server/discover", "tools/list", "ping"})


class Housekeeping(Guard):
    """The only guard of the gateway's own pipeline. It has nothing to say in the callers' one."""

    name: ClassVar[str] = "housekeeping"
    phase: ClassVar[Phase] = Phase.AUTHORIZE

    def check_request(self, exchange: Exchange) -> Verdict[Message]:
        """Refuse anybody but the gateway, and everything but its errands."""
        message = exchange.request
        if exchange.principal != GATEWAY:
            return Deny(reason=NOT_AN_ERRAND, detail="not the gateway")
        if isinstance(message, Reply):
            # The gateway may decline what a server asked for; it has nothing to give.
            return ALLOW if message.error is not None else Deny(reason=NOT_AN_ERRAND, detail="reply")
        return ALLOW if message.method in ERRANDS else Deny(reason=NOT_AN_ERRAND, detail=message.method)
