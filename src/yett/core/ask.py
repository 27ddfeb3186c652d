"""A question to a server that the config names (an issuer, a vault, a token endpoint), and its answer: values only.

`wire.fetch` asks. Who needs to ask is given an `Asker`, so that no other part opens connections.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Ask(Struct, frozen=True, kw_only=True):
    """One HTTP request. `limit` is the longest body of the answer in bytes; `seconds` bounds all of it, DNS to end."""

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lower case. `host`, `content-length` and `accept-encoding` are added."""
    body: bytes = b""
    limit: int = 256 * 1024
    seconds: float = 10.0

    def __repr__(self) -> str:
        # Neither headers nor body nor query: each may hold a credential.
        return f"Ask({self.method} {self.url.partition('?')[0]})"


class Answer(Struct, frozen=True, kw_only=True):
    """One HTTP answer, read to its end. A redirect is an answer like any other: nobody follows it."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    """Names in lower case."""
    body: bytes = b""

    def get(self, name: bytes) -> bytes | None:
        """The first value of a header, by its lower-case name."""
        return next((value for known, value in self.headers if known == name), None)

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"


class Asker(Protocol):
    """Asks. Raises `AskError` with why there is no answer; whatever status the answer has is the caller's to judge."""

    async def __call__(self, ask: Ask) -> Answer:
        """Ask once; nothing is sent a second time."""
        ...
