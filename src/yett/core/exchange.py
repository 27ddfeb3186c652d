"""One client message and everything known about its sender: the only thing a guard sees."""

from __future__ import annotations

from enum import Enum
from typing import Any, final

from msgspec import Struct

from yett.core.message import JsonObject, Message, Notification


class Entrance(Enum):
    """How the message came in."""

    GATEWAY = "gateway"
    EMBEDDED = "embedded"
    STDIO = "stdio"


class Era(Enum):
    """The two families of MCP revisions: with a handshake and sessions, or stateless (2026-07-28)."""

    LEGACY = "legacy"
    MODERN = "modern"


class Channel(Struct, frozen=True, kw_only=True):
    """The connection: the peer's socket address and the few header values that guards read.

    `host` and `origin` are the header values as sent, `None` when absent. `secure` says that TLS carried the message.
    """

    entrance: Entrance
    peer: str
    host: str | None = None
    origin: str | None = None
    secure: bool = False


@final
class Principal(Struct, frozen=True, kw_only=True):
    """The authenticated caller.

    `subject` is unique within `issuer`; the pair is the identity, never their concatenation. `roles` are Yett's own
    roles, carried by a Yett token. `claimed_roles`, `groups` and `scopes` are what the credential says; the policy
    maps them.
    """

    issuer: str
    subject: str
    roles: frozenset[str] = frozenset()
    claimed_roles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    client: str = ""
    actor: str = ""
    """Who acts in the subject's place (`act`, RFC 8693): an agent that was given the token on behalf of somebody."""
    credential: str = ""
    """The credential's public handle (a token's key id or `jti`), for the ledger and revocation; never the secret."""
    session: str = ""
    """The sign-in session at the issuer (`sid`), for revocation. It has nothing to do with sessions of MCP."""
    source: str = ""
    """What the config calls the way he signed in by: `tokens`, `keycloak`. One issuer has one source."""


ANONYMOUS = Principal(issuer="", subject="anonymous")
"""Nobody in particular. Every principal that did not authenticate is this very object."""


class Quota(Struct, frozen=True, kw_only=True):
    """What the counters said: `spent` names the limit that is used up, or is empty; `retry_after` is in seconds."""

    spent: str = ""
    retry_after: float = 0.0


class Mirrored(Struct, frozen=True, kw_only=True):
    """One `x-mcp-header` annotation: the argument at `path` travels as `Mcp-Param-<header>` too."""

    header: str
    path: tuple[str, ...]
    type: str


class Tool(Struct, frozen=True, kw_only=True):
    """A tool as its server defines it. `digest` is the SHA-256 (hex) of the canonical `definition`."""

    server: str
    name: str
    digest: str
    definition: JsonObject
    mirrored: tuple[Mirrored, ...] = ()

    @property
    def input_schema(self) -> Any:
        """The definition's `inputSchema`, unchecked; `None` when it has none."""
        return self.definition.get("inputSchema")


UNREAD: Message = Notification(method="")
"""Stands for the client's message until its bytes have been read: admission and identity come first."""


class Exchange(Struct, frozen=True, kw_only=True):
    """Built once, enriched with `msgspec.structs.replace`, never changed in place.

    `received_at` is wall time in seconds since the epoch. A fact that is `None` was not established: guards refuse
    then. `encoded` is the canonical encoding of `request`, where parsing already produced it. `tasks` are the ids of
    those tasks that the request names and this caller started, each with the tool that it was started with.
    """

    id: str
    received_at: float
    channel: Channel
    server: str
    request: Message = UNREAD
    encoded: bytes = b""
    era: Era | None = None
    version: str = ""
    session: str = ""
    principal: Principal = ANONYMOUS
    quota: Quota | None = None
    tool: Tool | None = None
    tasks: frozenset[tuple[str, str]] = frozenset()
