"""Tells plain routes beside an MCP endpoint who is calling, by the same config; asked only where a route wants it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from yett.config.runtime import Runtime
from yett.core.exchange import Principal
from yett.core.verdict import Deny
from yett.identity.credentials import Credentials, Presented, presented
from yett.identity.identify import UNAVAILABLE
from yett.identity.pending import ROUNDS, Pending
from yett.wire.http import Header

DOORKEEPER: Final = "yett.doorkeeper"
"""The key of the scope under which the app finds it."""


class Doorkeeper:
    """Knows the caller of one request. It judges no message and writes no record: plain routes are the app's own.

    `path` is the MCP endpoint, where the metadata stands; `asked` the plain route, and `method` what is asked of it.
    """

    def __init__(self, runtime: Runtime, server: str, path: str, *, method: str = "", asked: str = "") -> None:
        self._runtime = runtime
        self._server = server
        self._path = path.encode()
        self._method = method
        self._asked = asked
        self._presented: Presented | None = None

    async def identify(self, headers: Iterable[Header]) -> Principal | Deny:
        """Who sent these headers, or why that is not known."""
        shown = tuple(headers)
        if self._presented is None:  # one request, whose proof is good once, however often its routes ask
            self._presented = presented(shown, self._method, self._asked)
        values = tuple([value for name, value in shown if name == b"authorization"])
        credentials = Credentials(authorization=values, server=self._server, presented=self._presented)
        for _ in range(ROUNDS):
            found = self._runtime.identify(credentials, time.time())
            if not isinstance(found, Pending):
                return found
            await found.wait()
        return Deny(reason=UNAVAILABLE, detail="it is still being looked up")

    def roles(self, principal: Principal) -> frozenset[str]:
        """The roles of the config that somebody has, those that they include among them."""
        return self._runtime.policy.roles_of(principal)

    def challenge(self, deny: Deny) -> bytes:
        """The `WWW-Authenticate` value for a refusal."""
        return self._runtime.front.challenge(deny, self._path)
