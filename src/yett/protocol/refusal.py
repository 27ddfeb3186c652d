"""How a refusal looks on the wire: a `Deny` becomes an HTTP status, headers and a JSON-RPC body.

Where the request's id is known the status is 200 and the answer is JSON-RPC, because clients take other statuses for a
broken connection and give the session up; exceptions are those the protocol demands. A denied tool call is a *result*
with `isError`, so that the model reads why. A name that the caller may not see is answered like one that does not
exist: same bytes, nothing from the `Deny` in them.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final, TypeAlias

from msgspec import UNSET, Struct

from yett.core.exchange import Era
from yett.core.message import Failure, JsonObject, Message, Reply, Request
from yett.core.reason import Kind
from yett.core.verdict import Deny
from yett.protocol.jsonrpc import envelope_of
from yett.protocol.methods import VERSION_KEY

Header: TypeAlias = tuple[bytes, bytes]


class Refusal(Struct, frozen=True, kw_only=True):
    """A whole HTTP answer. The body is ASCII JSON and holds no more of the client's than its id and short names."""

    status: int
    headers: tuple[Header, ...]
    body: bytes


class _Wire(Struct, frozen=True):
    """One row: the status, the JSON-RPC code, and the status where there is no request to answer."""

    status: int
    code: int
    without_id: int


# The table of `docs/reference/protocol.md`. Codes of ours are positive; -32000..-32019 have no agreed meaning and
# -32020..-32099 belong to the specification.
_WIRE: Final[dict[Kind, _Wire]] = {
    Kind.PARSE: _Wire(400, -32700, 400),
    Kind.ENVELOPE: _Wire(400, -32600, 400),
    Kind.PARAMS: _Wire(400, -32602, 400),
    Kind.HEADERS: _Wire(400, -32020, 400),
    Kind.VERSION: _Wire(400, -32022, 400),
    Kind.METHOD: _Wire(404, -32601, 404),
    Kind.HTTP_BAD_REQUEST: _Wire(400, 4000, 400),
    Kind.HTTP_NOT_FOUND: _Wire(404, 4040, 404),
    Kind.HTTP_METHOD: _Wire(405, 4050, 405),
    Kind.HTTP_NOT_ACCEPTABLE: _Wire(406, 4060, 406),
    Kind.HTTP_MEDIA_TYPE: _Wire(415, 4150, 415),
    Kind.HTTP_TOO_LARGE: _Wire(413, 4130, 413),
    Kind.HTTP_CONFLICT: _Wire(409, 4091, 409),
    Kind.SESSION: _Wire(404, 4041, 404),
    Kind.ORIGIN: _Wire(403, 4031, 403),
    Kind.HOST: _Wire(421, 4210, 421),
    Kind.CREDENTIAL_MALFORMED: _Wire(400, 4001, 400),
    Kind.UNAUTHENTICATED: _Wire(401, 4010, 401),
    Kind.SCOPE: _Wire(403, 4032, 403),
    Kind.FLOOD: _Wire(429, 4291, 429),
    Kind.HIDDEN: _Wire(200, -32602, 403),
    Kind.DENIED: _Wire(200, 4030, 403),
    Kind.APPROVAL: _Wire(200, 4090, 403),
    Kind.INVALID: _Wire(200, 4220, 400),
    Kind.LIMITED: _Wire(200, 4290, 429),
    Kind.UPSTREAM_UNAVAILABLE: _Wire(200, 5030, 503),
    Kind.UPSTREAM_BROKEN: _Wire(200, 5020, 502),
    Kind.UPSTREAM_TIMEOUT: _Wire(200, 5040, 504),
    Kind.UNAVAILABLE: _Wire(200, 5031, 503),
}

# A 404 or 400 ends a legacy client's session; legacy servers answer these with 200, and so do we.
_LEGACY_200: Final = frozenset({Kind.METHOD, Kind.PARAMS})

# What a tool call gets as a result instead of an error, and how the sentence begins.
_RESULTS: Final[dict[Kind, str]] = {
    Kind.DENIED: "Denied by policy: you{caller} may not call {target}.",
    Kind.APPROVAL: "Approval needed: you{caller} may not call {target} yet.",
    Kind.INVALID: "Invalid arguments for {target}.",
    Kind.LIMITED: "Limit reached for {target}.",
}

_HIDDEN_WORDS: Final[dict[str, str]] = {
    "tools/call": "unknown tool",
    "prompts/get": "unknown prompt",
    "resources/read": "unknown resource",
    "resources/subscribe": "unknown resource",
    "resources/unsubscribe": "unknown resource",
}
_HIDDEN_ELSEWHERE: Final = "unknown name"

_JSON_HEADERS: Final[tuple[Header, ...]] = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_CHALLENGED: Final = frozenset({Kind.UNAUTHENTICATED, Kind.SCOPE, Kind.CREDENTIAL_MALFORMED})

NAME_LENGTH: Final = 160
"""Characters of a caller's or target's name in a sentence: a server's name, a dot, and a tool's 128."""
TEXT_LENGTH: Final = 1000
RETRY_AFTER_MAX: Final = 86_400


def refuse(
    deny: Deny,
    *,
    request: Message,
    reference: str,
    challenge: bytes = b"",
    caller: str = "",
    target: str = "",
    era: Era | None = None,
    requested: str = "",
) -> Refusal:
    """Return the HTTP answer to a refused message.

    `reference` is the exchange's id; `challenge` a whole `WWW-Authenticate` value; `caller` and `target` are how the
    sentence names them (`engineer`, `github.create_issue`); `requested` is the protocol version that the headers
    asked for, where the body has none.
    """
    reply = failure(
        deny, request=request, reference=reference, caller=caller, target=target, era=era, requested=requested
    )
    kind = deny.reason.kind
    wire = _WIRE[kind]
    if not isinstance(request, Request):
        status = wire.without_id
    elif era is Era.LEGACY and kind in _LEGACY_200:
        status = 200
    else:
        status = wire.status
    return Refusal(status=status, headers=_headers(deny, status, challenge), body=_ascii(envelope_of(reply)))


def failure(
    deny: Deny,
    *,
    request: Message,
    reference: str,
    caller: str = "",
    target: str = "",
    era: Era | None = None,
    requested: str = "",
) -> Reply:
    """Return the JSON-RPC reply alone, for a refusal within a stream that has already begun."""
    kind = deny.reason.kind
    request_id = request.id if isinstance(request, Request) else None
    method = request.method if isinstance(request, Request) else ""
    if kind is Kind.HIDDEN:
        words = _HIDDEN_WORDS.get(method, _HIDDEN_ELSEWHERE)
        return Reply(id=request_id, error=Failure(code=_WIRE[kind].code, message=words))
    if method == "tools/call" and kind in _RESULTS:
        text = _sentence(deny, reference, _short(caller), _short(target) or "this tool")
        return Reply(id=request_id, result=_error_result(text, era))
    # A tool call's sentence begins with these words; elsewhere what is wrong needs them before it.
    public = f"{deny.reason.public}: {deny.public}" if kind is Kind.INVALID and deny.public else deny.public
    message = _short(public or deny.reason.public, TEXT_LENGTH) or "refused"
    data = _data(deny, request, reference, requested)
    return Reply(id=request_id, error=Failure(code=_WIRE[kind].code, message=message, data=data))


def _sentence(deny: Deny, reference: str, caller: str, target: str) -> str:
    begin = _RESULTS[deny.reason.kind].format(caller=f" ({caller})" if caller else "", target=target)
    why = _short(deny.public or deny.reason.public, TEXT_LENGTH)
    parts = [begin, f"{why[:1].upper()}{why[1:].rstrip('.')}." if why else ""]
    if deny.retry_after is not None:
        parts.append(f"Retry in {_seconds(deny.retry_after)} s.")
    parts.append(f"Ref {reference}")
    return " ".join(part for part in parts if part)


def _error_result(text: str, era: Era | None) -> JsonObject:
    result: JsonObject = {"content": [{"type": "text", "text": text}], "isError": True}
    return result | {"resultType": "complete"} if era is Era.MODERN else result


def _data(deny: Deny, request: Message, reference: str, requested: str) -> Any:
    """What a program may act on, and the reference by which the ledger's record is found."""
    data: JsonObject = {}
    if deny.reason.kind is Kind.VERSION:
        data = {"supported": list(deny.supported), "requested": _short(_requested_in(request) or requested)}
    if deny.retry_after is not None:
        data["retryAfter"] = _seconds(deny.retry_after)
    if reference:
        data["reference"] = reference
    return data or UNSET


def _requested_in(request: Message) -> str:
    params = None if isinstance(request, Reply) else request.params
    meta = params.get("_meta") if params else None
    version = meta.get(VERSION_KEY) if type(meta) is dict else None
    return version if type(version) is str else ""


def _headers(deny: Deny, status: int, challenge: bytes) -> tuple[Header, ...]:
    headers = _JSON_HEADERS
    if deny.reason.kind in _CHALLENGED and challenge:
        headers = (*headers, (b"www-authenticate", challenge))
    if status == 405:  # noqa: PLR2004 - Method Not Allowed must say what is allowed
        headers = (*headers, (b"allow", ", ".join(deny.supported).encode("ascii", "ignore")))
    if status == 429 or (status == 503 and deny.retry_after is not None):  # noqa: PLR2004 - a flood, or not now
        wait = 1 if deny.retry_after is None else _seconds(deny.retry_after)
        headers = (*headers, (b"retry-after", str(wait).encode()))
    return headers


def _seconds(retry_after: float) -> int:
    """Whole seconds, rounded up: whoever waits that long is not too early."""
    bounded = min(max(retry_after, 1.0), float(RETRY_AFTER_MAX)) if math.isfinite(retry_after) else RETRY_AFTER_MAX
    return math.ceil(bounded)


def _short(text: str, longest: int = NAME_LENGTH) -> str:
    """Bound a text, and keep out of it what could hide or rearrange the rest."""
    return "".join(character if character.isprintable() else "?" for character in text[:longest])


def _ascii(envelope: JsonObject) -> bytes:
    return json.dumps(envelope, ensure_ascii=True, separators=(",", ":")).encode()
