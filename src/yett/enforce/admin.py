"""The admin listener: health, readiness, metrics, reload. On loopback, unless the config says otherwise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

from yett import telemetry
from yett.wire.http import Header, Incoming
from yett.wire.server import Responder

_PLAIN: Final[tuple[Header, ...]] = ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"))
_METRICS: Final[tuple[Header, ...]] = (
    (b"content-type", b"text/plain; version=1.0.0; charset=utf-8"),
    (b"cache-control", b"no-store"),
)

RELOAD_HEADER: Final = b"x-yett-reload"
"""A page in a browser cannot send this header without asking first, and the answer to that question is no."""


class Check(Struct, frozen=True, kw_only=True):
    """One line of readiness: `ok`, and what to say about it. A check that is not `vital` only informs."""

    name: str
    ok: bool
    detail: str = ""
    vital: bool = True


class Admin:
    """Answers on the admin listener. It asks nobody who they are, so it tells nothing that needs a name.

    `hosts` are the `Host` values that are its own.
    """

    def __init__(
        self,
        *,
        hosts: frozenset[bytes],
        checks: Callable[[], list[Check]],
        reload: Callable[[], Awaitable[str]],
    ) -> None:
        self.hosts = hosts
        self._checks = checks
        self._reload = reload

    async def answer(self, incoming: Incoming, responder: Responder) -> None:
        """Serve one request."""
        head = incoming.head
        # The name must be one of ours: a page that had its own name point here (DNS rebinding) gets nothing.
        if (head.get(b"host") or b"").lower() not in self.hosts or head.get(b"origin") is not None:
            responder.send(421, _PLAIN, b"this name is not served here\n")
            return
        match head.method, head.target:
            case "GET", b"/livez":
                responder.send(200, _PLAIN, b"ok\n")
            case "GET", b"/readyz":
                self._readiness(responder, verbose=False)
            case "GET", b"/readyz?verbose":
                self._readiness(responder, verbose=True)
            case "GET", b"/metrics":
                responder.send(200, _METRICS, telemetry.exposition())
            case "POST", b"/reload":
                await self._reloading(incoming, responder)
            case _, b"/livez" | b"/readyz" | b"/readyz?verbose" | b"/metrics":
                responder.send(405, (*_PLAIN, (b"allow", b"GET")), b"only GET\n")
            case _, b"/reload":
                responder.send(405, (*_PLAIN, (b"allow", b"POST")), b"only POST\n")
            case _:
                responder.send(404, _PLAIN, b"here are /livez /readyz?verbose /metrics\n")

    def _readiness(self, responder: Responder, *, verbose: bool) -> None:
        checks = self._checks()
        ready = all(check.ok for check in checks if check.vital)
        lines = [
            f"[{'+' if check.ok else '-'}]{check.name} {check.detail or ('ok' if check.ok else 'failed')}"
            for check in checks
        ]
        lines.append("ready" if ready else "not ready")
        text = "\n".join(lines) if verbose else lines[-1]
        responder.send(200 if ready else 503, _PLAIN, text.encode() + b"\n")

    async def _reloading(self, incoming: Incoming, responder: Responder) -> None:
        if incoming.head.get(RELOAD_HEADER) != b"1":
            responder.send(403, _PLAIN, b"send the header `X-Yett-Reload: 1`\n")
            return
        problem = await self._reload()
        responder.send(409 if problem else 200, _PLAIN, (problem or "reloaded").encode() + b"\n")
