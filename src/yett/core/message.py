"""JSON-RPC 2.0 messages as frozen values, one type per shape the specification knows.

Values are compared as wholes. `params`, `result` and `data` hold plain decoded JSON (dict, list, str, int, float, bool,
None) that nobody may change in place: a guard that wants another value builds another message.
"""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar, final

from msgspec import UNSET, Struct, UnsetType

JsonObject: TypeAlias = dict[str, Any]
Id: TypeAlias = int | str
"""A request id. MCP forbids `null`; fractions are refused at the door."""


@final
class Request(Struct, frozen=True, kw_only=True):
    """A call that expects exactly one `Reply` with the same id. Either side may send one in the legacy era."""

    id: Id
    method: str
    params: JsonObject | None = None


@final
class Notification(Struct, frozen=True, kw_only=True):
    """A one-way message."""

    method: str
    params: JsonObject | None = None


class Failure(Struct, frozen=True, kw_only=True):
    """The `error` member of a reply. `data` is `UNSET` when the member is absent (JSON `null` is a value)."""

    code: int
    message: str
    data: Any | UnsetType = UNSET


@final
class Reply(Struct, frozen=True, kw_only=True):
    """The answer to one request: `error` when it failed, else `result`.

    `id` is `None` only where a server could not read the request it is complaining about.
    """

    id: Id | None
    result: Any = None
    error: Failure | None = None


Message: TypeAlias = Request | Notification | Reply
"""Anything that may cross, in either direction."""

M = TypeVar("M", bound=Message)
