"""What a result may hold that a guard must look at: lists of names, questions to the client, words to caches."""

from __future__ import annotations

from typing import Final

from yett.core.exchange import Era, Exchange
from yett.core.message import JsonObject, Reply, Request

LISTS: Final = {
    "tools": ("tool", "name"),
    "prompts": ("prompt", "name"),
    "resources": ("resource", "uri"),
    "resourceTemplates": ("resource", "uriTemplate"),
}
"""Members of results that list names: the kind of thing, and where an entry says its name."""
LISTED_BY: Final = {
    "tools/list": "tools",
    "prompts/list": "prompts",
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
}
"""The methods that answer with such a list, and under which member."""
_CACHEABLE: Final = frozenset({*LISTED_BY, "server/discover", "resources/read"})
MAX_TTL_MS: Final = 3_600_000
"""An hour: after that a client asks again, and sees what the policy says by then."""
_ASKABLE: Final = ("sampling/createMessage", "elicitation/create", "roots/list")
"""What a modern server may ask of a client inside a result (2026-07-28, input requests)."""
_LOOKED_AT: Final = frozenset({*LISTS, "inputRequests", "cacheScope", "ttlMs"})
# Looking a member up on its class costs more than comparing it.
_MODERN: Final = Era.MODERN


def is_plain(exchange: Exchange, reply: Reply) -> bool:
    """Whether a result has nothing that must be looked at, as is so with nearly every tool's."""
    request, result = exchange.request, reply.result
    return (
        type(result) is dict
        and _LOOKED_AT.isdisjoint(result)
        and type(request) is Request
        and request.method not in _CACHEABLE
    )


def caching_made_private(era: Era | None, method: str, result: JsonObject) -> JsonObject:
    """What must change so that no shared cache serves one caller's view to another (2026-07-28, caching)."""
    changes: JsonObject = {}
    cacheable = era is _MODERN and method in _CACHEABLE and result.get("resultType", "complete") == "complete"
    if result.get("cacheScope", "private" if not cacheable else None) != "private":
        changes["cacheScope"] = "private"
    if "ttlMs" in result:
        ttl = result["ttlMs"]
        clamped = min(max(ttl, 0), MAX_TTL_MS) if type(ttl) is int else 0
        if clamped != ttl or type(ttl) is not int:
            changes["ttlMs"] = clamped
    return changes


def may_ask(result: JsonObject) -> bool:
    """Whether all input requests of a result are of a kind that exists."""
    if "inputRequests" not in result:
        return True
    requests = result["inputRequests"]
    return isinstance(requests, dict) and all(
        isinstance(request, dict) and request.get("method") in _ASKABLE for request in requests.values()
    )
