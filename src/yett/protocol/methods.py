"""Methods: whether a message may be sent and is well-formed, what it reaches for, and what it is about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from yett.core.exchange import Era
from yett.core.message import JsonObject, Message, Reply, Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.protocol.keys import alike
from yett.protocol.method_table import METHODS, Method
from yett.protocol.shapes import FLAG, LINE, LIST, NAME, OBJECT, TEMPLATE, TEXT, TOKEN, URI, Shape

__all__ = [
    "CAPABILITIES_KEY",
    "METHODS",
    "VERSION_KEY",
    "Method",
    "Target",
    "check_params",
    "subject",
    "targets",
]

METHOD_UNKNOWN = Reason(code="method.unknown", kind=Kind.METHOD, public="unknown method")
METHOD_NEEDS_ID = Reason(
    code="method.needs-id", kind=Kind.ENVELOPE, public="this method is a request: it needs an `id`"
)
METHOD_HAS_NO_ID = Reason(
    code="method.has-no-id", kind=Kind.ENVELOPE, public="this method is a notification: it has no `id`"
)
REPLY_UNASKED = Reason(
    code="method.reply-unasked", kind=Kind.ENVELOPE, public="clients send no responses in this protocol version"
)
PARAM_MISSING = Reason(code="params.missing", kind=Kind.PARAMS, public="a required parameter is missing")
PARAM_WRONG = Reason(code="params.wrong", kind=Kind.PARAMS, public="a parameter has the wrong form")
PARAM_ALIKE = Reason(
    code="params.alike",
    kind=Kind.PARAMS,
    public="a parameter's name differs from a known one only in case or in the form of its characters",
)
TOO_MANY_SUBSCRIPTIONS = Reason(
    code="params.too-many-subscriptions", kind=Kind.PARAMS, public="too many subscriptions in one request"
)

SUBSCRIPTIONS: Final = 256
"""URIs and task ids in one `subscriptions/listen`."""

VERSION_KEY: Final = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY: Final = "io.modelcontextprotocol/clientCapabilities"


class Target(Struct, frozen=True, kw_only=True):
    """What a message reaches for. `kind` is `tool`, `prompt`, `resource` or `task`; `name` is as the client sent it."""

    kind: str
    name: str


_META: Final[dict[str, Shape]] = {
    "progressToken": TOKEN,
    VERSION_KEY: TEXT,
    CAPABILITIES_KEY: OBJECT,
    "io.modelcontextprotocol/clientInfo": OBJECT,
    "io.modelcontextprotocol/logLevel": TEXT,
    "io.modelcontextprotocol/subscriptionId": TOKEN,
    "io.modelcontextprotocol/related-task": OBJECT,
    "traceparent": LINE,
    "tracestate": LINE,
    "baggage": LINE,
}
_META_KNOWN: Final = frozenset(_META)
_STATELESS: Final = (VERSION_KEY, CAPABILITIES_KEY)
"""What every modern request carries (2026-07-28, basic, per-request protocol fields)."""

_REFERENCES: Final[Mapping[str, tuple[str, str, Shape]]] = MappingProxyType(
    {"ref/prompt": ("prompt", "name", NAME), "ref/resource": ("resource", "uri", TEMPLATE)}
)
_SUBSCRIBABLE: Final = (("resourceSubscriptions", "resource", URI), ("taskIds", "task", NAME))
_FILTER: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "toolsListChanged": FLAG,
        "promptsListChanged": FLAG,
        "resourcesListChanged": FLAG,
        "resourceSubscriptions": LIST,
        "taskIds": LIST,
    }
)
_FILTER_KNOWN: Final = frozenset(_FILTER)
_REFERENCE_KNOWN: Final = frozenset({"type", "name", "uri", "title"})

# Beside the target, what a message is about: changing one of these makes it another message.
_IDENTITY: Final = (
    "name", "uri", "taskId", "ref", "notifications", "requestId", "progressToken", "requestState", "elicitationId",
    "protocolVersion", "cursor",
)  # fmt: skip


def check_params(message: Message, era: Era, *, from_server: bool = False) -> Deny | None:
    """Judge a message's method and the form of its params. `None` means: well-formed, in this era, from this side.

    Nothing here depends on which names exist, so the answer tells nothing about them.
    """
    if type(message) is Reply:
        return Deny(reason=REPLY_UNASKED) if era is Era.MODERN and not from_server else None
    method = METHODS.get(message.method)
    if method is None or era not in (method.server if from_server else method.client):
        where = "" if method is None else f", {'server' if from_server else 'client'}, {era.value}"
        return Deny(reason=METHOD_UNKNOWN, detail=f"{message.method!a}{where}")
    if method.notification is (type(message) is Request):
        return Deny(reason=METHOD_HAS_NO_ID if method.notification else METHOD_NEEDS_ID, detail=method.name)
    params: JsonObject = message.params or {}
    deny = _check_object(params, method.params, method.known, method.required)
    if deny is not None:
        return deny
    stateless = era is Era.MODERN and not from_server and not method.notification
    if stateless or "_meta" in params:
        deny = _check_object(params.get("_meta", {}), _META, _META_KNOWN, _STATELESS if stateless else ())
        if deny is not None:
            return deny
    inside = _INSIDE.get(method.name)
    return None if inside is None else inside(params)


def targets(message: Message) -> tuple[Target, ...] | None:
    """Return what the message reaches for, empty where it names nothing.

    `None` when a name that must be there is missing or of the wrong type, and for unknown methods: nothing can be
    decided about such a message.
    """
    if type(message) is Reply:
        return ()
    method = METHODS.get(message.method)
    if method is None:
        return None
    params = message.params or {}
    if method.target is not None:
        kind, key = method.target
        name = params.get(key)
        return (Target(kind=kind, name=name),) if type(name) is str else None
    if method.name == "completion/complete":
        return _referenced(params.get("ref"))
    if method.name == "subscriptions/listen":
        return _subscribed(params.get("notifications"))
    return ()


def subject(message: Message) -> object:
    """Return what a rewrite must not change: which message this is, and what it is about."""
    if type(message) is Reply:
        return Reply, message.id, message.error is None
    params = message.params or {}
    about: list[tuple[str, object]] = [(key, params[key]) for key in _IDENTITY if key in params]
    meta = params.get("_meta")
    if type(meta) is dict:
        about += [(key, meta[key]) for key in _META if key in meta]
    return type(message), getattr(message, "id", None), message.method, about


def _check_object(
    value: JsonObject, shapes: Mapping[str, Shape], known: frozenset[str], required: Collection[str]
) -> Deny | None:
    for key in required:
        if key not in value:
            return Deny(reason=PARAM_MISSING, public=f"`{key}` is missing", detail=key)
    if not known.issuperset(value) and (lookalike := alike(value, known)) is not None:
        return Deny(reason=PARAM_ALIKE, detail=ascii(lookalike))
    for key, item in value.items():
        shape = shapes.get(key)
        if shape is not None and shape.whole is not type(item) and not shape.accepts(item):
            return Deny(reason=PARAM_WRONG, public=f"`{key}` must be {shape.words}", detail=key)
    return None


def _check_reference(params: JsonObject) -> Deny | None:
    """`ref` names a prompt or a resource template; nothing else can be completed."""
    reference = params["ref"]
    kind = reference.get("type")
    row = _REFERENCES.get(kind) if type(kind) is str else None
    if row is None:
        return Deny(reason=PARAM_WRONG, public="`ref.type` must be `ref/prompt` or `ref/resource`", detail="ref.type")
    _, key, shape = row
    return _check_object(reference, {key: shape}, _REFERENCE_KNOWN, (key,))


def _check_filter(params: JsonObject) -> Deny | None:
    wanted = params["notifications"]
    deny = _check_object(wanted, _FILTER, _FILTER_KNOWN, ())
    if deny is not None:
        return deny
    entries = [(key, shape, entry) for key, _, shape in _SUBSCRIBABLE for entry in wanted.get(key, ())]
    if len(entries) > SUBSCRIPTIONS:
        return Deny(reason=TOO_MANY_SUBSCRIPTIONS, detail=str(len(entries)))
    for key, shape, entry in entries:
        if not shape.accepts(entry):
            return Deny(reason=PARAM_WRONG, public=f"each of `{key}` must be {shape.words}", detail=key)
    return None


_INSIDE: Final[Mapping[str, Callable[[JsonObject], Deny | None]]] = MappingProxyType(
    {"completion/complete": _check_reference, "subscriptions/listen": _check_filter}
)
"""Methods whose names stand one level deeper."""


def _referenced(reference: object) -> tuple[Target, ...] | None:
    if type(reference) is not dict:
        return None
    kind = reference.get("type")
    row = _REFERENCES.get(kind) if type(kind) is str else None
    name = reference.get(row[1]) if row else None
    return (Target(kind=row[0], name=name),) if row and type(name) is str else None


def _subscribed(wanted: object) -> tuple[Target, ...] | None:
    if type(wanted) is not dict:
        return None
    found = []
    for key, kind, _ in _SUBSCRIBABLE:
        names = wanted.get(key, [])
        if type(names) is not list or not all(type(name) is str for name in names):
            return None
        found += [Target(kind=kind, name=name) for name in names]
    return tuple(found)
