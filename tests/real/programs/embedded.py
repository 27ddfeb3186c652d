"""The laboratory server of the Python SDK v2 with Yett inside: `protect()` around its app, on uvicorn."""

from __future__ import annotations

import sys

import uvicorn
from lab import RETRY_MS, Memory, remember_by_session
from server_v2 import build

from yett import protect

if __name__ == "__main__":
    port, config = int(sys.argv[1]), sys.argv[2]
    server = build()
    app = server.streamable_http_app(event_store=Memory(), retry_interval=RETRY_MS)
    remember_by_session(server.session_manager)
    print(f"http://127.0.0.1:{port}/mcp", flush=True)  # noqa: T201
    uvicorn.run(protect(app, config), host="127.0.0.1", port=port, log_level="error")
