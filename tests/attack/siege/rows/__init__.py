"""The catalogue, one module a group; `every()` is all of it."""

from __future__ import annotations

from importlib import import_module

from siege.cases import LETTERS, Case

MODULES = (
    "http_bytes",
    "http_probes",
    "http_probes_heads",
    "http_probes_fields",
    "http_heads",
    "http_use",
    "http_upstream",
    "json_documents",
    "mcp_headers",
    "mcp_names",
    "mcp_messages",
    "mcp_upstream",
    "identity",
    "sign_in",
    "policy",
    "rates",
    "secrets",
    "ledger",
    "processes",
    "tls",
    "config",
)


def every() -> list[Case]:
    """All rows, in the order of the catalogue."""
    rows = [row for module in MODULES for row in import_module(f"siege.rows.{module}").ROWS]
    letters = [*LETTERS, "W"]
    return sorted(rows, key=lambda row: (letters.index(row.letter), row.id))
