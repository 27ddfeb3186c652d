"""MCP servers of other people, as they are published, before and behind the gateway."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from comparing import cell_of, compare, missing
from others import EVERYTHING, GIT, TIME
from scenarios import call, text_of
from staging import CLIENTS, SERVERS, play

pytestmark = [pytest.mark.real, pytest.mark.registry]


@pytest.mark.parametrize("transport", ["http", "stdio"])
@pytest.mark.parametrize("client", ["py2", "py1", "ts1", "ts2"])
def test_server_everything(full_stage, client, transport) -> None:
    cell = cell_of(client, "everything", transport)
    if missing(cell):
        pytest.skip(missing(cell))
    compare(full_stage, cell, EVERYTHING, keep=transport == "stdio")


@pytest.mark.parametrize("client", ["py2", "py2-legacy", "py1", "ts1", "ts2"])
def test_mcp_server_git(full_stage, client) -> None:
    cell = cell_of(client, "git", "stdio")
    if missing(cell):
        pytest.skip(missing(cell))
    compare(full_stage, cell, GIT, keep=True)


@pytest.mark.parametrize("client", ["py2", "ts1"])
def test_mcp_server_time(full_stage, client) -> None:
    cell = cell_of(client, "time", "stdio")
    if missing(cell):
        pytest.skip(missing(cell))
    compare(full_stage, cell, TIME, keep=True)


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<html><body><h1>A page</h1><p>gr\xc3\xbc\xc3\x9fe</p></body></html>"
        status = 404 if self.path == "/robots.txt" else 200
        self.send_response(status)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def test_mcp_server_fetch(full_stage) -> None:
    if SERVERS["fetch"].missing:
        pytest.skip(SERVERS["fetch"].missing)
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        try:
            url = f"http://127.0.0.1:{site.server_address[1]}/"
            steps = {"fetch": [call("fetch", url=url), call("fetch", url=7)]}
            page, refused = play(CLIENTS["py2"], full_stage.through("fetch", "stdio"), steps)["fetch"]
        finally:
            site.shutdown()
    assert "grüße" in text_of(page)
    assert "`url` must be string" in text_of(refused)
