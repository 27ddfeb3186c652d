"""Starts a program that serves itself on a pipe, with the SDK's own client at the other end."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client

CONFIG = """\
auth: { stdio: { user: alice } }
servers: { demo: { inline: true } }
roles: { reader: { members: [user:alice], allow: [demo.greet] } }
"""


class Piped:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def play(self, program: str, mode: str) -> dict:
        """Run a program as a server; what a client sees of it, and the records of its calls."""
        (self.folder / "yett.yaml").write_text(CONFIG)
        (self.folder / "server.py").write_text(program)
        seen = asyncio.run(self._seen(mode))
        paths = sorted(self.folder.glob("ledger/stdio-1/*.jsonl"))
        records = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
        calls = [record for record in records if record.get("method") == "tools/call"]
        return seen | {"records": [(r["kind"], r["entrance"], r["who"]["subject"], r["name"]) for r in calls]}

    async def _seen(self, mode: str) -> dict:
        command = StdioServerParameters(command=sys.executable, args=["server.py"], cwd=self.folder)
        async with Client(stdio_client(command), mode=mode) as client:
            tools = [tool.name for tool in (await client.list_tools()).tools]
            said = (await client.call_tool("greet", {"name": "Ada"})).content[0].text
            wrong = (await client.call_tool("greet", {"name": 7})).is_error
            with pytest.raises(MCPError, match="unknown tool"):
                await client.call_tool("secret", {})
            return {"tools": tools, "said": said, "wrong": wrong}


SEEN = {
    "tools": ["greet"],
    "said": "hello, Ada",
    "wrong": True,
    "records": [
        ("intent", "stdio", "alice", "greet"),
        ("refusal", "stdio", "alice", "greet"),
        ("refusal", "stdio", "alice", "secret"),
    ],
}


@pytest.fixture
def piped(tmp_path):
    return Piped(tmp_path)


@pytest.fixture
def whole():
    """What must be seen."""
    return SEEN
