"""Asks again about what is still open: a token, a role or a rule that is gone ends what it once allowed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from yett.config.runtime import Runtime
from yett.core.message import Reply
from yett.core.verdict import Deny
from yett.enforce.delivery import Delivery
from yett.enforce.establish import LISTEN
from yett.identity.credentials import Credentials
from yett.identity.pending import Pending

_STREAMS: Final = frozenset({LISTEN, "subscriptions/listen"})
_CONFIG_CHANGED: Final = "the configuration changed: listen again"
_RIGHTS_CHANGED: Final = "the caller's rights changed: listen again"
_LISTEN_AGAIN: Final = frozenset({_CONFIG_CHANGED, _RIGHTS_CHANGED})
"""No refusals: the stream gets a proper end, and whoever opens it again is judged by what holds now."""

EVERY_SECONDS = 1.0
"""How often. Revocations take effect on open streams within this time and the one a token file may be stale for."""


class Running(Struct, frozen=True, eq=False, kw_only=True):
    """One exchange that is being answered: to whom, on the strength of which credential."""

    delivery: Delivery
    credentials: Credentials

    def end(self) -> None:
        """Cancel whoever answers."""
        if self.delivery.task is not None:
            self.delivery.task.cancel()


def recheck(runtime: Runtime, running: Iterable[Running], now: float) -> int:
    """End every exchange that would be refused if it came now; return how many. `now` is wall time in seconds.

    Those that are not judged yet are not ended: they are judged anew, by what holds now.
    """
    ended = 0
    for one in list(running):
        if one.delivery.waiting:
            _judge_anew(runtime, one, now)
            continue
        why = _refused_now(runtime, one, now)
        if why:
            one.delivery.dismissed = why in _LISTEN_AGAIN
            one.delivery.cut = why if one.delivery.dismissed else f"no longer allowed: {why}"
            one.end()
            ended += 1
    return ended


def _judge_anew(runtime: Runtime, one: Running, now: float) -> None:
    """Call a message back that waits for its judgement, if anything has changed since it came."""
    delivery = one.delivery
    if not (_same_caller(runtime, one, now) and runtime is delivery.runtime) and not delivery.anew:
        delivery.anew = True
        one.end()


def _same_caller(runtime: Runtime, one: Running, now: float) -> bool:
    """Whether the credential is still the same principal's. Nobody has changed who is being looked up."""
    exchange = one.delivery.exchange
    if exchange is None:
        return True
    principal = runtime.identify(one.credentials, now)
    return isinstance(principal, Pending) or principal == exchange.principal


def _refused_now(runtime: Runtime, one: Running, now: float) -> str:
    exchange = one.delivery.exchange
    if exchange is None or one.delivery.cut:
        return ""
    if exchange.server not in runtime.upstreams:
        return "the server is not configured any more"
    principal = runtime.identify(one.credentials, now)
    if isinstance(principal, Deny):
        return principal.reason.code
    # Who is looked up is asked again in a second: that ends in bounded time, and then it is known.
    if isinstance(principal, Pending) or (principal == exchange.principal and runtime is one.delivery.runtime):
        return ""
    method = "" if isinstance(exchange.request, Reply) else exchange.request.method
    unheard = _not_heard_now(runtime, one, same_rights=principal == exchange.principal) if method in _STREAMS else ""
    if unheard or method == LISTEN:
        return unheard
    verdict = runtime.pipeline.check_request(replace(exchange, principal=principal)).verdict
    return verdict.reason.code if isinstance(verdict, Deny) else ""


def _not_heard_now(runtime: Runtime, one: Running, *, same_rights: bool) -> str:
    """A stream has no message to judge again, and what comes on it goes on being judged by what held at its start."""
    if runtime.digest != one.delivery.runtime.digest:
        return _CONFIG_CHANGED
    return "" if same_rights else _RIGHTS_CHANGED
