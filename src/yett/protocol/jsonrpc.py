"""JSON-RPC 2.0: bytes to one message and back, strictly. One message a body: batches are refused.

The envelope is closed. A member that is not in the specification is refused, because a reader that ignores case would
take `Method` for `method`. The order of members does not matter: SDKs differ in it.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec import UNSET, Struct

from yett.core.message import Failure, Id, JsonObject, Message, Notification, Reply, Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.protocol import document
from yett.protocol.document import DEFAULT, Bounds

__all__ = ["DEFAULT", "Bounds", "Parsed", "encode", "parse"]

BATCH = Reason(code="rpc.batch", kind=Kind.ENVELOPE, public="batches are not accepted: send one message per request")
NOT_AN_OBJECT = Reason(code="rpc.not-an-object", kind=Kind.ENVELOPE, public="a message is a JSON object")
VERSION_WRONG = Reason(code="rpc.version", kind=Kind.ENVELOPE, public="`jsonrpc` must be the string 2.0")
MEMBER_UNKNOWN = Reason(
    code="rpc.member-unknown", kind=Kind.ENVELOPE, public="the message has a member that JSON-RPC does not define"
)
ID_WRONG = Reason(code="rpc.id", kind=Kind.ENVELOPE, public="`id` must be an integer or a short string")
METHOD_WRONG = Reason(code="rpc.method", kind=Kind.ENVELOPE, public="`method` must be a string that is not empty")
PARAMS_NOT_AN_OBJECT = Reason(code="rpc.params", kind=Kind.ENVELOPE, public="`params` must be an object")
OUTCOME_WRONG = Reason(
    code="rpc.outcome", kind=Kind.ENVELOPE, public="a reply has either a `result` object or an `error`, not both"
)
ERROR_WRONG = Reason(
    code="rpc.error", kind=Kind.ENVELOPE, public="`error` must hold an integer `code` and a string `message`"
)

# Longest seen in SDKs: a UUID with a prefix, 50 characters.
ID_LENGTH: Final = 256
METHOD_LENGTH: Final = 128


class Parsed(Struct, frozen=True, kw_only=True):
    """One message, and the canonical encoding of the whole document it came in."""

    message: Message
    encoded: bytes


def parse(body: bytes, bounds: Bounds = DEFAULT, *, from_server: bool = False) -> Parsed | Deny:
    """Read one message. Never raises. `from_server` lets an error reply come without an id, as only servers send it."""
    found = document.read(body, bounds)
    if type(found) is Deny:
        return found
    envelope = found.value
    if type(envelope) is not dict:
        return Deny(reason=BATCH if type(envelope) is list else NOT_AN_OBJECT)
    if envelope.get("jsonrpc") != "2.0":
        return Deny(reason=VERSION_WRONG)
    message = _call(envelope) if "method" in envelope else _reply(envelope, from_server=from_server)
    if type(message) is Deny:
        return message
    return Parsed(message=message, encoded=found.encoded)


def encode(message: Message) -> bytes:
    """Encode one message canonically: its own members in a fixed order, those within in the order they have."""
    return document.encode(envelope_of(message))


def envelope_of(message: Message) -> JsonObject:
    """Return the message as the JSON object that goes on the wire."""
    envelope: JsonObject = {"jsonrpc": "2.0"}
    match message:
        case Request():
            envelope |= {"id": message.id, "method": message.method}
        case Notification():
            envelope["method"] = message.method
        case Reply():
            if message.error is None:
                return envelope | {"id": message.id, "result": message.result}
            return envelope | {"id": message.id, "error": _failure_object(message.error)}
    if message.params is not None:
        envelope["params"] = message.params
    return envelope


def is_id(value: object) -> bool:
    """Tell whether a value may be a request id or a progress token: an integer, or a string of bounded length."""
    return type(value) is int or (type(value) is str and len(value) <= ID_LENGTH)


def _call(envelope: JsonObject) -> Request | Notification | Deny:  # noqa: PLR0911 - one line a rule
    method = envelope["method"]
    if type(method) is not str or not 0 < len(method) <= METHOD_LENGTH:
        return Deny(reason=METHOD_WRONG)
    params = envelope.get("params")
    has_params = "params" in envelope
    if has_params and type(params) is not dict:
        return Deny(reason=PARAMS_NOT_AN_OBJECT)
    members = 2 + has_params
    if "id" not in envelope:
        if len(envelope) == members:
            return Notification(method=method, params=params)
        return _unknown_member(envelope, {"jsonrpc", "method", "params"})
    if not is_id(envelope["id"]):
        return Deny(reason=ID_WRONG, detail=type(envelope["id"]).__name__)
    if len(envelope) == members + 1:
        return Request(id=envelope["id"], method=method, params=params)
    return _unknown_member(envelope, {"jsonrpc", "id", "method", "params"})


def _reply(envelope: JsonObject, *, from_server: bool) -> Reply | Deny:
    has_error = "error" in envelope
    if has_error is ("result" in envelope):
        return Deny(reason=OUTCOME_WRONG)
    if not envelope.keys() <= {"jsonrpc", "id", "result", "error"}:
        return _unknown_member(envelope, {"jsonrpc", "id", "result", "error"})
    reply_id: Id | None = envelope.get("id")
    if not is_id(reply_id) and not (reply_id is None and has_error and from_server):
        return Deny(reason=ID_WRONG, detail=type(reply_id).__name__)
    if not has_error:
        result = envelope["result"]
        return Reply(id=reply_id, result=result) if type(result) is dict else Deny(reason=OUTCOME_WRONG)
    failure = _failure(envelope["error"])
    return failure if type(failure) is Deny else Reply(id=reply_id, error=failure)


def _failure(error: Any) -> Failure | Deny:
    if type(error) is not dict or type(error.get("code")) is not int or type(error.get("message")) is not str:
        return Deny(reason=ERROR_WRONG)
    if not error.keys() <= {"code", "message", "data"}:
        return _unknown_member(error, {"code", "message", "data"})
    return Failure(code=error["code"], message=error["message"], data=error.get("data", UNSET))


def _failure_object(failure: Failure) -> JsonObject:
    plain: JsonObject = {"code": failure.code, "message": failure.message}
    return plain if failure.data is UNSET else plain | {"data": failure.data}


def _unknown_member(envelope: JsonObject, known: set[str]) -> Deny:
    return Deny(reason=MEMBER_UNKNOWN, detail=ascii(next((key for key in envelope if key not in known), ""))[:80])
