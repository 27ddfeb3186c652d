"""Rates and concurrency of this process: what is left to a peer before it is known, and to a caller after."""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import AddressValueError, IPv6Address
from typing import Final

from msgspec import Struct

from yett.core.exchange import Principal, Quota
from yett.state.concurrency import RETRY_SECONDS, Caps, Concurrency
from yett.state.gcra import SECOND, Gcra, Rate

NOT_SPENT: Final = Quota()
_PEERS_REMEMBERED: Final = 10_000


class Limits(Struct, frozen=True, kw_only=True):
    """The limits; `None` is no limit of that kind.

    `user` counts everything of one caller, `tool` the calls of one caller to one tool of one server. `peer` counts
    requests from one network address before anybody is known, `failures` only those that did not get in. Callers
    without a credential are one caller.
    """

    user: Rate | None = None
    tool: Rate | None = None
    peer: Rate | None = None
    failures: Rate | None = Rate(count=300, seconds=60)
    caps: Caps = Caps()
    capacity: int = 100_000
    """Keys that each table remembers."""


class Counters:
    """All counts. `clock` gives seconds and never goes back; wall time has no part in this."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._concurrency = Concurrency(limits.caps)
        self._user: Gcra | None = None
        self._tool: Gcra | None = None
        self._peer: Gcra | None = None
        self._failures: Gcra | None = None
        self._peer_keys: dict[str, str] = {}
        self.limits = limits

    @property
    def limits(self) -> Limits:
        """The limits. Setting others keeps all counts, so a reload forgives nobody."""
        return self._limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self._limits = limits
        self._user = _table(self._user, limits.user, limits.capacity)
        self._tool = _table(self._tool, limits.tool, limits.capacity)
        self._peer = _table(self._peer, limits.peer, limits.capacity)
        self._failures = _table(self._failures, limits.failures, limits.capacity)
        self._concurrency.caps = limits.caps

    def hit(self, principal: Principal, server: str, tool: str = "") -> Quota:
        """Count one message of a caller; one that is refused counts nowhere. `tool` is empty for other methods."""
        now = int(self._clock() * SECOND)
        user, per_tool = self._user, self._tool
        caller = (principal.issuer, principal.subject)
        if not tool or per_tool is None:
            if user is not None and (wait := user.hit(caller, now)) > 0:
                return _spent("user", user.rate, wait)
            return NOT_SPENT
        if user is not None and (wait := user.wait(caller, now)) > 0:
            return _spent("user", user.rate, wait)
        if (wait := per_tool.hit((*caller, server, tool), now)) > 0:
            return _spent("tool", per_tool.rate, wait)
        if user is not None:
            user.take(caller, now)
        return NOT_SPENT

    def admit(self, peer: str) -> Quota:
        """Count one request of a network address, before anything else is known of it."""
        table = self._peer
        if table is None:
            return NOT_SPENT
        key = self._peer_keys.get(peer) or self._peer_key(peer)
        if (wait := table.hit(key, int(self._clock() * SECOND))) > 0:
            return _spent("peer", table.rate, wait)
        return NOT_SPENT

    def failed(self, peer: str) -> Quota:
        """Count one refusal before anybody signed in, or say that there were too many from this network address.

        Whoever can sign in is not asked for this: strangers lock nobody out who shares their address. The name that
        was claimed plays no part. What is refused for the flood's sake counts nowhere.
        """
        failures, key, now = self._failures, self._peer_key(peer), int(self._clock() * SECOND)
        if failures is None:
            return NOT_SPENT
        if (wait := failures.hit(key, now)) > 0:
            return _spent("failures", failures.rate, wait)
        return NOT_SPENT

    def enter(self, principal: Principal, server: str, *, stream: bool = False) -> Quota:
        """Count one running call in, or one stream that has no end of its own. Whoever got no `spent` must `leave`."""
        spent = self._concurrency.enter((principal.issuer, principal.subject), server, stream=stream)
        return Quota(spent=spent, retry_after=RETRY_SECONDS) if spent else NOT_SPENT

    def leave(self, principal: Principal, server: str, *, stream: bool = False) -> None:
        """Count one running call or stream out."""
        self._concurrency.leave((principal.issuer, principal.subject), server, stream=stream)

    @property
    def running(self) -> int:
        """Calls that run now."""
        return len(self._concurrency)

    def _peer_key(self, peer: str) -> str:
        key = self._peer_keys.get(peer)
        if key is None:
            if len(self._peer_keys) >= _PEERS_REMEMBERED:
                self._peer_keys.clear()
            key = self._peer_keys[peer] = peer_key(peer)
        return key


def peer_key(peer: str) -> str:
    """What counts as one peer: an IPv4 address, or an IPv6 network of 64 bits, which is one subscriber (RFC 6177)."""
    if ":" not in peer:
        return peer
    try:
        address = IPv6Address(peer.partition("%")[0])
    except AddressValueError:
        return peer
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64)) + "/64"


def _table(table: Gcra | None, rate: Rate | None, capacity: int) -> Gcra | None:
    if rate is None:
        return None
    if table is None:
        return Gcra(rate, capacity=capacity)
    table.rate = rate
    return table


def _spent(name: str, rate: Rate, wait: int) -> Quota:
    return Quota(spent=f"{name}: {rate}", retry_after=wait / SECOND)
