"""Eras and routing headers: header and body must tell the same story, and the body alone decides.

In the modern era (2026-07-28) headers repeat parts of the body so that proxies can route without parsing it. Two
readers of one request that follow different parts are a way around a policy, so every difference is refused. In the
legacy era the same headers mean nothing and are not looked at. Whatever the era, no header of the client's is passed
on: those that go upstream are derived from the message that was judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from yett.core.exchange import Era, Tool
from yett.core.message import Message, Notification, Reply, Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.protocol import mirror
from yett.protocol.accept import accepts
from yett.protocol.methods import METHODS, REPLY_UNASKED, VERSION_KEY
from yett.protocol.mirror import decode_value, encode_value, mirrored

__all__ = [
    "LEGACY_VERSIONS",
    "MODERN_VERSIONS",
    "McpHeaders",
    "Story",
    "check_accept",
    "check_mirrored",
    "derive",
    "era_of",
    "mirrored",
    "read",
    "reconcile",
]

HEADER_TWICE = Reason(code="header.twice", kind=Kind.HEADERS, public="an MCP header is given more than once")
HEADER_UNREADABLE = Reason(
    code="header.unreadable", kind=Kind.HEADERS, public="an MCP header is empty or has characters that are not ASCII"
)
HEADER_MISSING = Reason(code="header.missing", kind=Kind.HEADERS, public="a required MCP header is missing")
HEADER_MISMATCH = Reason(
    code="header.mismatch", kind=Kind.HEADERS, public="an MCP header does not agree with the body of the request"
)
HEADER_ORPHAN = Reason(
    code="header.orphan", kind=Kind.HEADERS, public="an MCP header names something that the body does not"
)
ACCEPT_LACKING = Reason(
    code="header.accept",
    kind=Kind.HTTP_NOT_ACCEPTABLE,
    public="`Accept` must list both `application/json` and `text/event-stream`",
)
VERSION_UNKNOWN = Reason(code="era.version", kind=Kind.VERSION, public="unsupported protocol version")
VERSION_NOT_TEXT = Reason(
    code="era.version-not-text", kind=Kind.PARAMS, public="the protocol version in `_meta` must be a string"
)
META_MISSING = Reason(
    code="era.meta-missing",
    kind=Kind.PARAMS,
    public="a request of this protocol version carries it in `_meta`, and its client capabilities",
)

MODERN_VERSIONS: Final = ("2026-07-28",)
LEGACY_VERSIONS: Final = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""Newest first."""

UNSAID_VERSION: Final = "2025-03-26"
"""What a request without the header speaks (2025-06-18, transports, "Protocol Version Header")."""

Header: TypeAlias = tuple[bytes, bytes]


class McpHeaders(Struct, frozen=True, kw_only=True):
    """The MCP headers of one request, decoded; `None` where absent.

    `params` are the `Mcp-Param-*` headers: the lower-case rest of the name, and the value as it was sent.
    """

    version: str | None = None
    method: str | None = None
    name: str | None = None
    session: str | None = None
    last_event_id: str | None = None
    params: tuple[tuple[str, str], ...] = ()
    accept_json: bool = False
    accept_sse: bool = False


class Story(Struct, frozen=True, kw_only=True):
    """What header and body agree on. In the legacy era `version` is what this one message claims."""

    era: Era
    version: str


_STORIES: Final = {version: Story(era=Era.MODERN, version=version) for version in MODERN_VERSIONS}

_FIELDS: Final = {
    b"mcp-protocol-version": "version",
    b"mcp-method": "method",
    b"mcp-name": "name",
    b"mcp-session-id": "session",
    b"last-event-id": "last_event_id",
}
_MAY_BE_EMPTY: Final = frozenset({"name"})
_PARAM: Final = b"mcp-param-"


def read(headers: Sequence[Header]) -> McpHeaders | Deny:
    """Pick the MCP headers out of a request's. Names are lower-case; a repeated one is refused, whatever the era."""
    fields: dict[str, str] = {}
    params: dict[str, str] = {}
    accept = b""
    for name, value in headers:
        field = _FIELDS.get(name)
        if field is not None:
            text = _text(value)
            if text is None or (not text and field not in _MAY_BE_EMPTY):
                return Deny(reason=HEADER_UNREADABLE, detail=field)
            if field in fields:
                return Deny(reason=HEADER_TWICE, detail=field)
            fields[field] = text
        elif name == b"accept":
            accept = accept + b"," + value if accept else value
        elif name.startswith(_PARAM):
            text, param = _text(value), _text(name[len(_PARAM) :])
            if text is None or not param:
                return Deny(reason=HEADER_UNREADABLE, detail="mcp-param")
            if param in params:
                return Deny(reason=HEADER_TWICE, detail="mcp-param")
            params[param] = text
    json, events = accepts(accept)
    return McpHeaders(**fields, params=tuple(params.items()), accept_json=json, accept_sse=events)


def check_accept(headers: McpHeaders) -> Deny | None:
    """A POST must take both answers (Streamable HTTP, "Sending Messages", 2)."""
    return None if headers.accept_json and headers.accept_sse else Deny(reason=ACCEPT_LACKING)


def reconcile(headers: McpHeaders, message: Message) -> Story | Deny:
    """Tell the era of a message that came over HTTP, where header and body agree on it."""
    if type(message) is not Reply and (body := _version_in(message)) is not None:
        return _modern(headers, message, body)
    version = headers.version
    if version is None or version in LEGACY_VERSIONS:
        return Story(era=Era.LEGACY, version=version or UNSAID_VERSION)
    if version not in MODERN_VERSIONS:
        return Deny(reason=VERSION_UNKNOWN, detail=version[:64], supported=MODERN_VERSIONS + LEGACY_VERSIONS)
    match message:
        case Request():
            return Deny(reason=META_MISSING, detail="no protocol version")
        case Notification():
            # A notification needs no `_meta`; the specification leaves its headers open (Streamable HTTP, note on 6).
            return _check_routing(headers, message) or _STORIES[version]
        case _:
            return Deny(reason=REPLY_UNASKED)


def era_of(message: Message) -> Story | Deny:
    """Tell the era of a message that came without headers, over stdio: what its `_meta` says, else legacy."""
    body = None if type(message) is Reply else _version_in(message)
    return Story(era=Era.LEGACY, version=UNSAID_VERSION) if body is None else _served(body)


def check_mirrored(headers: McpHeaders, message: Message, tool: Tool | None) -> Deny | None:
    """Compare the `Mcp-Param-*` headers of a modern call with its arguments.

    Ask only once access was granted: the answer depends on the tool's definition, so asked earlier it would tell
    strangers which tools exist. Headers that the tool does not declare are ignored; they go no further.
    """
    return mirror.check(headers.params, message, tool)


def derive(message: Message, story: Story, tool: Tool | None) -> tuple[Header, ...]:
    """Return the MCP headers of the upstream leg, made from the cleared message alone."""
    if story.era is Era.LEGACY:
        # The version is not agreed on before the answer to `initialize`.
        first = type(message) is Request and message.method == "initialize"
        return () if first else ((b"mcp-protocol-version", story.version.encode()),)
    if type(message) is Reply:
        return ((b"mcp-protocol-version", story.version.encode()),)
    standard = [(b"mcp-protocol-version", story.version.encode()), (b"mcp-method", message.method.encode())]
    name = _name_in(message)
    if name is not None:
        standard.append((b"mcp-name", encode_value(name).encode()))
    if tool is not None and tool.mirrored:
        standard += mirror.derived(message, tool)
    return tuple(standard)


def _text(value: bytes) -> str | None:
    # RFC 9110, 5.5: white space around a value is not part of it.
    text = value.strip(b" \t").decode("latin-1")
    return text if text.isascii() and text.isprintable() else None


def _version_in(message: Request | Notification) -> object:
    """What the body says of its version: any JSON value, `None` when it says nothing."""
    meta = message.params.get("_meta") if message.params else None
    if type(meta) is not dict or VERSION_KEY not in meta:
        return None
    # JSON `null` is something said, and wrong.
    return False if meta[VERSION_KEY] is None else meta[VERSION_KEY]


def _modern(headers: McpHeaders, message: Request | Notification, body: object) -> Story | Deny:
    if headers.version is None:
        return Deny(reason=HEADER_MISSING, public="`MCP-Protocol-Version` is missing", detail="version")
    if headers.version != body:
        if type(body) is not str:
            return Deny(reason=VERSION_NOT_TEXT, detail=type(body).__name__)
        return Deny(reason=HEADER_MISMATCH, detail=f"version {headers.version[:64]} over {body[:64]!a}")
    served = _served(body)
    return served if type(served) is Deny else _check_routing(headers, message) or served


def _served(body: object) -> Story | Deny:
    if type(body) is not str:
        return Deny(reason=VERSION_NOT_TEXT, detail=type(body).__name__)
    if body not in MODERN_VERSIONS:
        return Deny(reason=VERSION_UNKNOWN, detail=ascii(body[:64]), supported=MODERN_VERSIONS)
    return _STORIES[body]


def _check_routing(  # noqa: PLR0911 - one line a rule
    headers: McpHeaders, message: Request | Notification
) -> Deny | None:
    """Compare `Mcp-Method` and `Mcp-Name` with the body. Only requests must have them; whoever has them must agree."""
    method = message.method
    required = type(message) is Request
    if headers.params and method != "tools/call":
        return Deny(reason=HEADER_ORPHAN, detail="params")
    if headers.method is None and required:
        return Deny(reason=HEADER_MISSING, public="`Mcp-Method` is missing", detail="method")
    if headers.method is not None and headers.method != method:
        return Deny(reason=HEADER_MISMATCH, detail=f"method {headers.method[:64]} over {method[:64]!a}")
    name = _name_in(message)
    if name is None:
        return None if headers.name is None else Deny(reason=HEADER_ORPHAN, detail="name")
    if headers.name is None:
        optional = not required or not METHODS[method].header_required
        return None if optional else Deny(reason=HEADER_MISSING, public="`Mcp-Name` is missing", detail="name")
    if decode_value(headers.name) != name:
        return Deny(reason=HEADER_MISMATCH, detail=f"name {headers.name[:64]} over {name[:64]!a}")
    return None


def _name_in(message: Request | Notification) -> str | None:
    """Return the value that `Mcp-Name` repeats, `None` where the method has none or the body lacks it."""
    method = METHODS.get(message.method)
    name = (message.params or {}).get(method.header) if method is not None and method.header else None
    return name if type(name) is str else None
