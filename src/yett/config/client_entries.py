"""Takes what clients write in their `mcp.json` and makes a config of it: other words for the same thing."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from yett.config.node import Entry, List, Map, Scalar
from yett.config.report import Report
from yett.config.wording import listed, suggestion

_HTTP: Final = frozenset({"http", "https", "streamable-http", "streamable_http", "streamablehttp"})
_STDIO: Final = frozenset({"stdio", "local"})
IGNORED: Final = frozenset({"alwaysAllow", "autoApprove", "description", "gallery", "trust", "version"})
"""What clients keep for themselves in an entry, and what means nothing to a gateway."""


def as_config(root: Map, report: Report) -> Map:
    """The tree with the words of Yett. What has no counterpart here stays, and the schema refuses it."""
    entries = dict(root.entries)
    schema = entries.get("$schema")
    if schema is not None and isinstance(schema.node, Scalar) and isinstance(schema.node.value, str):
        del entries["$schema"]
    if "mcpServers" in entries:
        if "servers" in entries:
            hint = "they are two words for one thing; keep `servers`"
            report.error("both `servers` and `mcpServers`", entries["mcpServers"].span, help=hint)
        entries = {("servers" if key == "mcpServers" else key): entry for key, entry in entries.items()}
    _drop_inputs(entries, report)
    servers = entries.get("servers")
    if servers is not None and isinstance(servers.node, Map):
        entries["servers"] = Entry(servers.span, _servers(servers.node, report))
    return replace(root, entries=entries)


def _drop_inputs(entries: dict[str, Entry], report: Report) -> None:
    inputs = entries.get("inputs")
    if inputs is None or not isinstance(inputs.node, List):
        return
    if inputs.node.items:
        hint = "write `${env:NAME}` where `${input:...}` stands, and remove `inputs`"
        report.error("a gateway has nobody to ask for `inputs`", inputs.span, help=hint)
    del entries["inputs"]


def _servers(node: Map, report: Report) -> Map:
    return replace(
        node,
        entries={
            name: Entry(entry.span, _Server(entry.node, report).as_config()) if isinstance(entry.node, Map) else entry
            for name, entry in node.entries.items()
        },
    )


class _Server:
    """One entry of a client, on its way to become one of ours."""

    def __init__(self, node: Map, report: Report) -> None:
        self._node = node
        self._entries = dict(node.entries)
        self._report = report

    def as_config(self) -> Map:
        self._rename_url()
        for key in ("type", "transport"):
            self._drop_transport(key)
        self._drop_disabled()
        for key in IGNORED & self._entries.keys():
            entry = self._entries.pop(key)
            message = f"`{key}` is a setting for clients; Yett ignores it"
            self._report.warning(message, entry.span, code="client-setting", help="remove it")
        return replace(self._node, entries=self._entries)

    def _rename_url(self) -> None:
        if "httpUrl" in self._entries:
            entry = self._entries.pop("httpUrl")
            if "url" in self._entries:
                self._report.error("both `url` and `httpUrl`", entry.span, help="keep `url`")
            self._entries.setdefault("url", entry)

    def _drop_transport(self, key: str) -> None:
        entry = self._entries.get(key)
        if entry is None or not isinstance(entry.node, Scalar) or not isinstance(entry.node.value, str):
            return
        del self._entries[key]
        word = entry.node.value.lower()
        if word in _HTTP:
            self._must_have("url", word, entry)
        elif word in _STDIO:
            self._must_have("command", word, entry)
        elif word == "sse":
            hint = "ask the server for Streamable HTTP; its path is often `/mcp`"
            self._report.error("the SSE transport of 2024 is not spoken", entry.node.span, help=hint)
        else:
            hint = suggestion(word, ["http", "stdio"]) or f"{listed(['http', 'stdio'])}; or leave it out"
            self._report.error(f"unknown transport `{entry.node.value}`", entry.node.span, help=hint)

    def _must_have(self, key: str, word: str, entry: Entry) -> None:
        other = "command" if key == "url" else "url"
        if key not in self._entries and other in self._entries:
            hint = f"remove the line: an entry with `{other}` needs none"
            self._report.error(f"`{word}` does not fit an entry with `{other}`", entry.node.span, help=hint)

    def _drop_disabled(self) -> None:
        entry = self._entries.get("disabled")
        if entry is None or not isinstance(entry.node, Scalar) or not isinstance(entry.node.value, bool):
            return
        del self._entries["disabled"]
        if entry.node.value:
            self._report.error(
                "a disabled server", entry.span, help="remove the whole entry: Yett serves what is listed"
            )
