"""A FastMCP server with one tool, for proxies that want a whole MCP server behind them. python server.py PORT."""

from __future__ import annotations

import sys

from fastmcp import FastMCP

server = FastMCP("bench")


@server.tool
def echo(text: str) -> str:
    """Say something that does not depend on `text`."""
    return "hello from the other side of the wire, all is well" if text else ""


if __name__ == "__main__":
    # yett: ignore[host-header-unchecked] only the benchmark calls it, on loopback
    server.run(
        transport="http", host="127.0.0.1", port=int(sys.argv[1]), path="/mcp", show_banner=False, log_level="ERROR"
    )
