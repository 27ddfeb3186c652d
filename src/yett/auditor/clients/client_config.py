"""ClientConfig: the file in which an MCP client keeps its servers, whichever client it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from yett.auditor.clients.entry import launch
from yett.auditor.clients.launch import Approval, Launch, Launches
from yett.auditor.documents.document import get, items, pairs, read_document, text, text_lines, truth
from yett.auditor.documents.flaw import Flaw
from yett.auditor.subject import Skipped
from yett.config.node import Map, Node, Scalar

# A key of this name, as JSON, YAML or TOML would have it. Documents that only talk about it are not meant.
_KEYS: Final = re.compile(
    r"[\"']?(?:mcpServers|context_servers|mcp_servers)[\"']?\s*[:=.\]]|\"(?:mcp|servers|extensions)\"\s*:|^extensions:",
    re.MULTILINE,
)
_SUFFIXES: Final = (".json", ".jsonc", ".toml", ".yaml", ".yml")
_NAMES: Final = frozenset({"mcp.json", "settings.json", "opencode.json", "opencode.jsonc", "config.yaml"})
# The clients' own ways to write an environment variable; Claude Desktop has none.
_REFERENCES: Final = (
    (".vscode/", "${env:NAME}"),
    (".cursor/", "${env:NAME}"),
    ("opencode.json", "{env:NAME}"),
    (".mcp.json", "${NAME}"),
    (".claude.json", "${NAME}"),
    (".gemini/", "${NAME}"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientConfig(Launches):
    """The servers of a client, its switches that skip questions, and what it asks for at start (VS Code's `inputs`)."""

    inputs: tuple[Map, ...] = ()


def claims(path: str, content: str) -> bool:
    """Whether a file is a client's: by the keys that clients use, and for the general ones by its name too."""
    name = PurePosixPath(path).name
    if not name.endswith(_SUFFIXES) or name in {"package.json", "package-lock.json", "server.json", "yett.yaml"}:
        return False
    if not _KEYS.search(content) and not _settings(path):
        return False
    distinct = any(key in content for key in ("mcpServers", "context_servers", "mcp_servers"))
    return (distinct and "roles:" not in content) or name in _NAMES or _settings(path)


def parse(path: str, content: str) -> ClientConfig | Skipped:
    """Read it, whichever client wrote it."""
    read = read_document(path, content)
    if isinstance(read, Flaw):
        return Skipped(path=path, why=str(read))
    roots, blots = read
    root = roots[0] if roots else None
    return ClientConfig(
        path=path,
        lines=text_lines(content),
        roots=roots,
        blots=blots,
        launches=tuple(_launches(root)),
        approvals=tuple(_approvals(root)),
        reference=next((form for part, form in _REFERENCES if part in f"/{path}"), ""),
        inputs=tuple(node for node in items(get(root, "inputs")) if isinstance(node, Map)),
    )


def _settings(path: str) -> bool:
    """Claude Code's settings hold no servers, but the switches that let their tools run."""
    return bool(re.search(r"(?:^|/)\.claude/settings(?:\.local)?\.json\Z", path))


def _launches(root: Node | None) -> Iterator[Launch]:
    seen: set[int] = set()
    for table in _tables(root):
        if id(table) in seen:
            continue
        seen.add(id(table))
        for name, span, node in pairs(table):
            if isinstance(node, Map) and (found := launch(name, span, node)) is not None:
                yield found
    for node in items(get(root, "mcpServers")):
        if isinstance(node, Map) and (found := launch(text(get(node, "name")) or "unnamed", node.span, node)):
            yield found


def _tables(root: Node | None) -> Iterator[Node | None]:
    for path in (
        ("mcpServers",), ("servers",), ("mcp", "servers"), ("mcp", "mcpServers"), ("mcp",), ("context_servers",),
        ("mcp_servers",), ("extensions",), ("amp.mcpServers",), ("powerpack", "mcpServers"),
    ):  # fmt: skip
        yield get(root, *path)
    # `~/.claude.json` keeps servers for each project folder.
    for _, _, project in pairs(get(root, "projects")):
        yield get(project, "mcpServers")
    if isinstance(root, Map) and root.entries and all(_is_server(entry.node) for entry in root.entries.values()):
        yield root


def _is_server(node: Node) -> bool:
    return get(node, "command") is not None or get(node, "url") is not None


def _approvals(root: Node | None) -> Iterator[Approval]:
    """Switches for all servers at once."""
    for key, wanted, says in (
        ("enableAllProjectMcpServers", True, "every server that a project brings along is started without asking"),
        ("chat.tools.autoApprove", True, "every tool runs without asking"),
        ("chat.tools.global.autoApprove", True, "every tool runs without asking"),
        ("always_allow_tool_actions", True, "every tool runs without asking"),
    ):
        for holder in (root, get(root, "agent")):
            node = get(holder, key)
            if node is not None and truth(node) is wanted:
                yield Approval(span=node.span, says=f"`{key}`: {says}")
    for path, bad, says in (
        (("permissions", "defaultMode"), "bypassPermissions", "every tool runs without asking"),
        (("approval_policy",), "never", "every tool runs without asking"),
        (("sandbox_mode",), "danger-full-access", "commands run without a sandbox"),
        (("agent", "tool_permissions", "default"), "allow", "every tool runs without asking"),
    ):
        node = get(root, *path)
        if node is not None and text(node) == bad:
            yield Approval(span=node.span, says=f"`{'.'.join(path)}: {bad}`: {says}")
    for node in items(get(root, "permissions", "allow")):
        if isinstance(node, Scalar) and node.value in ("*", "mcp__*", "mcp__*__*", "Bash", "Bash(*)", "Bash(:*)"):
            yield Approval(span=node.span, says=f"`{node.value}` runs without asking")
