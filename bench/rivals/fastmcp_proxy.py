"""FastMCP's own proxy, as its documentation sets one up. python fastmcp_proxy.py PORT SERVER_PORT."""

from __future__ import annotations

import sys

from fastmcp.server import create_proxy

if __name__ == "__main__":
    # yett: ignore[host-header-unchecked] measured as its documentation has it, on loopback, for as long as that takes
    create_proxy(f"http://127.0.0.1:{sys.argv[2]}/mcp").run(
        transport="http", host="127.0.0.1", port=int(sys.argv[1]), path="/mcp", show_banner=False, log_level="ERROR"
    )
