"""Why something was refused: a stable code, how it looks on the wire, and the words the caller may read."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class Kind(Enum):
    """The closed set of refusals. `protocol.refusal` maps each to a status and a JSON-RPC code; nothing else does."""

    # The bytes or the envelope were wrong.
    PARSE = "parse"
    ENVELOPE = "envelope"
    PARAMS = "params"
    HEADERS = "headers"
    VERSION = "version"
    METHOD = "method"
    # The transport was used wrongly.
    HTTP_BAD_REQUEST = "http-bad-request"
    HTTP_NOT_FOUND = "http-not-found"
    HTTP_METHOD = "http-method"
    HTTP_NOT_ACCEPTABLE = "http-not-acceptable"
    HTTP_MEDIA_TYPE = "http-media-type"
    HTTP_TOO_LARGE = "http-too-large"
    HTTP_CONFLICT = "http-conflict"
    SESSION = "session"
    # Who is calling, from where.
    ORIGIN = "origin"
    HOST = "host"
    CREDENTIAL_MALFORMED = "credential-malformed"
    UNAUTHENTICATED = "unauthenticated"
    SCOPE = "scope"
    FLOOD = "flood"
    # What may be done.
    HIDDEN = "hidden"
    DENIED = "denied"
    APPROVAL = "approval"
    INVALID = "invalid"
    LIMITED = "limited"
    # What could not be done.
    UPSTREAM_UNAVAILABLE = "upstream-unavailable"
    UPSTREAM_BROKEN = "upstream-broken"
    UPSTREAM_TIMEOUT = "upstream-timeout"
    UNAVAILABLE = "unavailable"


class Reason(Struct, frozen=True, kw_only=True):
    """One way to say no, declared once, as a module constant beside the code that says it.

    `code` is `<part>.<what>` in lower-case words (`access.not-granted`): stable, for ledgers and alerts. `public` is
    all that the caller learns; it holds no user input. The detail of a case goes into `Deny.detail`, for the ledger
    only.
    """

    code: str
    kind: Kind
    public: str
