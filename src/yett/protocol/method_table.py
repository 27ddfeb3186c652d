"""The table of MCP's methods: who may send each in which era, what it reaches for, what its params must look like.

Source: the schemas of 2025-11-25 (which includes all older revisions) and 2026-07-28, and SEP-2663 for tasks. What is
not in the table does not exist here: an extension's method is refused until it is listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from yett.core.exchange import Era
from yett.protocol.shapes import ANY, LIST, NAME, NUMBER, OBJECT, STRING, TEXT, TOKEN, URI, Shape


class Method(Struct, frozen=True, kw_only=True):
    """One method. `client` and `server` are the eras in which that side may send it.

    `target` is the kind of thing the method reaches for and the parameter that names it, where that is so simple.
    `header` names the parameter that travels as `Mcp-Name` too; some clients may leave that header out.
    """

    name: str
    notification: bool
    client: tuple[Era, ...]
    server: tuple[Era, ...]
    required: Mapping[str, Shape]
    params: Mapping[str, Shape]
    known: frozenset[str]
    target: tuple[str, str] | None
    header: str
    header_required: bool

    @property
    def direction(self) -> str:
        """`client`, `server` or `both`, over all eras."""
        return "both" if self.client and self.server else "client" if self.client else "server"

    @property
    def eras(self) -> tuple[Era, ...]:
        """The eras that know the method, in whichever direction."""
        return tuple(era for era in Era if era in self.client or era in self.server)


# Tuples: looking for an enumeration's member in a set would hash it, in Python.
_NO: Final[tuple[Era, ...]] = ()
_L: Final = (Era.LEGACY,)
_M: Final = (Era.MODERN,)
_LM: Final = (Era.LEGACY, Era.MODERN)
_TOOL: Final = ("tool", "name")
_PROMPT: Final = ("prompt", "name")
_RESOURCE: Final = ("resource", "uri")
_TASK: Final = ("task", "taskId")

_PAGE: Final = {"cursor": STRING}
_ROUND: Final = {"inputResponses": OBJECT, "requestState": STRING}
"""What a client adds when it answers an `input_required` result."""


def _method(
    name: str,
    client: tuple[Era, ...],
    server: tuple[Era, ...] = _NO,
    required: Mapping[str, Shape] | None = None,
    optional: Mapping[str, Shape] | None = None,
    *,
    target: tuple[str, str] | None = None,
    header: str = "",
    header_required: bool = True,
) -> Method:
    required = required or {}
    params = {"_meta": OBJECT, **required, **(optional or {})}
    return Method(
        name=name,
        notification=name.startswith("notifications/"),
        client=client,
        server=server,
        required=required,
        params=params,
        known=frozenset(params),
        target=target,
        header=header,
        header_required=header_required,
    )


_TABLE: Final = (
    _method("initialize", _L, required={"protocolVersion": TEXT, "capabilities": OBJECT, "clientInfo": OBJECT}),
    _method("ping", _L, _L),
    _method("server/discover", _M),
    _method("tools/list", _LM, optional=_PAGE),
    _method(
        "tools/call",
        _LM,
        required={"name": NAME},
        optional={"arguments": OBJECT, "task": OBJECT, **_ROUND},
        target=_TOOL,
        header="name",
    ),
    _method("resources/list", _LM, optional=_PAGE),
    _method("resources/templates/list", _LM, optional=_PAGE),
    _method("resources/read", _LM, required={"uri": URI}, optional=_ROUND, target=_RESOURCE, header="uri"),
    _method("resources/subscribe", _L, required={"uri": URI}, target=_RESOURCE),
    _method("resources/unsubscribe", _L, required={"uri": URI}, target=_RESOURCE),
    _method("subscriptions/listen", _M, required={"notifications": OBJECT}),
    _method("prompts/list", _LM, optional=_PAGE),
    _method(
        "prompts/get",
        _LM,
        required={"name": NAME},
        optional={"arguments": OBJECT, **_ROUND},
        target=_PROMPT,
        header="name",
    ),
    _method("completion/complete", _LM, required={"ref": OBJECT, "argument": OBJECT}, optional={"context": OBJECT}),
    _method("logging/setLevel", _L, required={"level": TEXT}),
    # Tasks: 2025-11-25 in either direction, then an extension (SEP-2663) whose header some clients forget.
    _method("tasks/get", _LM, _L, {"taskId": NAME}, target=_TASK, header="taskId", header_required=False),
    _method("tasks/cancel", _LM, _L, {"taskId": NAME}, target=_TASK, header="taskId", header_required=False),
    _method("tasks/result", _L, _L, {"taskId": NAME}, target=_TASK),
    _method("tasks/list", _L, _L, optional=_PAGE),
    _method(
        "tasks/update",
        _M,
        required={"taskId": NAME},
        optional=_ROUND,
        target=_TASK,
        header="taskId",
        header_required=False,
    ),
    # From the server. In the modern era these travel inside `inputRequests`, never as messages.
    _method("roots/list", _NO, _L),
    _method(
        "sampling/createMessage",
        _NO,
        _L,
        required={"messages": LIST},
        optional={"systemPrompt": STRING, "maxTokens": NUMBER, "tools": LIST, "toolChoice": OBJECT, "task": OBJECT},
    ),
    _method(
        "elicitation/create",
        _NO,
        _L,
        required={"message": STRING},
        optional={
            "mode": TEXT,
            "requestedSchema": OBJECT,
            "url": STRING,
            "elicitationId": STRING,
            "task": OBJECT,
        },
    ),
    # Notifications.
    _method("notifications/initialized", _L),
    _method("notifications/roots/list_changed", _L),
    _method("notifications/cancelled", _LM, _LM, optional={"requestId": TOKEN, "reason": STRING}),
    _method(
        "notifications/progress",
        _L,
        _LM,
        {"progressToken": TOKEN, "progress": NUMBER},
        {"total": NUMBER, "message": STRING},
    ),
    _method("notifications/tasks/status", _L, _L, {"taskId": NAME, "status": TEXT}, target=_TASK),
    _method("notifications/message", _NO, _LM, {"level": TEXT}, {"logger": STRING, "data": ANY}),
    _method("notifications/tools/list_changed", _NO, _LM),
    _method("notifications/prompts/list_changed", _NO, _LM),
    _method("notifications/resources/list_changed", _NO, _LM),
    # A server's own URIs are not refused for their form; the client could not read them anyway.
    _method("notifications/resources/updated", _NO, _LM, {"uri": STRING}, target=_RESOURCE),
    _method("notifications/elicitation/complete", _NO, _L, {"elicitationId": STRING}),
    _method("notifications/subscriptions/acknowledged", _NO, _M, {"notifications": OBJECT}),
    _method("notifications/tasks", _NO, _M, {"taskId": NAME, "status": TEXT}, target=_TASK),
)

METHODS: Final[Mapping[str, Method]] = MappingProxyType({method.name: method for method in _TABLE})
"""Every method, by its exact name."""
