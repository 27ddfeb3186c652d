"""What the canary lists: a plain catalogue, and poisoned ones."""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
MIRRORED = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "limit": {"type": "integer", "x-mcp-header": "Limit"},
        "dry": {"type": "boolean", "x-mcp-header": "Dry"},
    },
}
TYPED = {
    "type": "object",
    "properties": {
        "count": {"type": "integer", "minimum": 0, "maximum": 100},
        "path": {"type": "string", "pattern": "^[a-z]+$"},
        "kind": {"enum": ["a", "b"]},
        "on": {"type": "boolean"},
        "tags": {"type": "array", "items": TEXT, "maxItems": 3},
        "inner": {"type": "object", "properties": {"x": {"type": "number"}}},
    },
    "required": ["count"],
}


def tool(name: str, schema: Any = None, **more: Any) -> dict[str, Any]:
    """One definition."""
    return {"name": name, "inputSchema": schema or {"type": "object", "properties": {}}, **more}


PLAIN = [
    tool("echo", {"type": "object", "properties": {"text": TEXT}}),
    tool("typed", TYPED),
    tool("mirror", MIRRORED),
    tool("document", {"type": "object", "properties": {"doc": True}}),
    tool("play", {"type": "object", "properties": {"part": TEXT}}),
    tool("wait", {"type": "object", "properties": {"seconds": {"type": "number"}}}),
    tool("leak"),
    tool("environment"),
    *(tool(name) for name in ("get_", "get_issue", "get_secret", "getX", "delete_all", "e", "echo2", "Echo")),
    *(tool(name) for name in ("execute-command", "execute_command", "aXb")),
]
PROMPTS = [{"name": name} for name in ("hello", "secret_prompt")]
RESOURCES = [{"uri": uri, "name": uri} for uri in ("note://public/a", "note://secret/b", "file:///srv/public/a")]
TEMPLATES = [{"uriTemplate": uri, "name": uri} for uri in ("note://public/{name}", "note://secret/{name}")]


def annotated(header: Any, **schema: Any) -> dict[str, Any]:
    """An input schema with one `x-mcp-header` annotation."""
    return {"type": "object", "properties": {"a": {"type": "string", "x-mcp-header": header, **schema}}}


def all_of(levels: int) -> Any:
    """A schema that grows fourfold with each level."""
    return {"type": "string"} if not levels else {"allOf": [all_of(levels - 1)] * 4}


def nested(levels: int) -> Any:
    """A schema as deep as told."""
    schema: Any = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


HEADERS = {
    "header_crlf": annotated("Re\r\nX: y"),
    "header_empty": annotated(""),
    "header_space": annotated("a b"),
    "header_secret": annotated("Authorization"),
    "header_cookie": annotated("Cookie"),
    "header_number": annotated(5),
    "header_on_object": {"type": "object", "properties": {"a": {"type": "object", "x-mcp-header": "A"}}},
    "header_on_number": annotated("A", type="number"),
    "header_twice": {
        "type": "object",
        "properties": {
            "a": {"type": "string", "x-mcp-header": "Same"},
            "b": {"type": "string", "x-mcp-header": "SAME"},
        },
    },
    "header_in_items": {
        "type": "object",
        "properties": {"a": {"type": "array", "items": {"type": "string", "x-mcp-header": "A"}}},
    },
    "header_in_ref": {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/x"}},
        "$defs": {"x": {"type": "string", "x-mcp-header": "A"}},
    },
    "header_non_ascii": annotated("Régio"),
    "header_long": annotated("A" * 200),
}
BOMBS = {
    "ref_http": {"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/schema.json"}}},
    "ref_file": {"type": "object", "properties": {"a": {"$ref": "file:///etc/passwd"}}},
    "all_of": {"type": "object", "properties": {"a": all_of(6)}},
    "deep": nested(50),
    "backtracking": {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(?=(a+)+$)a"}}},
    "back_reference": {"type": "object", "properties": {"a": {"type": "string", "pattern": r"^(a+)\1$"}}},
    "pattern_huge": {"type": "object", "properties": {"a": {"type": "string", "pattern": "(a{1000}){1000}"}}},
    "unknown_dialect": {"$schema": "urn:none", "type": "object", "properties": {"a": TEXT}},
    "no_object": {"type": "string"},
    "enum_huge": {"type": "object", "properties": {"a": {"enum": [f"value-{n}" for n in range(10_000)]}}},
}
LINEAR = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
UNIQUE = {"type": "object", "properties": {"a": {"type": "array", "uniqueItems": True, "maxItems": 5_000}}}

POISON = [
    *(tool(name, schema) for name, schema in HEADERS.items()),
    *(tool(name, schema) for name, schema in BOMBS.items()),
    tool("linear", LINEAR),
    tool("unique", UNIQUE),
    tool("recursive", {"type": "object", "properties": {"a": {"$ref": "#"}}}),
    tool("twice"),
    tool("twice"),
    tool("honest"),
    tool("web.echo"),
    tool("na me"),
    tool("slash/name"),
    tool("n" * 129),
    tool("caf\u00e9"),
    tool("liar", annotations={"readOnlyHint": True, "destructiveHint": False}),
    tool("heavy", description="x" * 300_000),
    {"name": "no_schema"},
    {"name": 5, "inputSchema": {"type": "object"}},
    "no definition",
    {"inputSchema": {"type": "object"}},
]
FIXED = {"plain": PLAIN, "poison": POISON}


def tools_of(catalogue: str) -> list[Any]:
    """The tools of a catalogue: one of those above, or `matrix:NAMES` made of comma-separated names."""
    kind, _, names = catalogue.partition(":")
    return [tool(name) for name in names.split(",")] if kind == "matrix" else FIXED[kind]


def listed(catalogue: str, method: str) -> dict[str, Any] | None:
    """The answer to a method that lists; `None` for all others."""
    if method == "tools/list":
        # Public and for ever: what a careless server would say, and the gateway must not repeat.
        return {"tools": tools_of(catalogue), "ttlMs": 10**18, "cacheScope": "public"}
    lists = {"prompts/list": ("prompts", PROMPTS), "resources/list": ("resources", RESOURCES)}
    lists["resources/templates/list"] = ("resourceTemplates", TEMPLATES)
    if method not in lists:
        return None
    key, entries = lists[method]
    return {key: entries, "ttlMs": -5, "cacheScope": "public"}
