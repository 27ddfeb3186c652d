from __future__ import annotations

import pytest
from fastmcp import FastMCP

from yett.adapters.fastmcp import protect
from yett.enforce.embedded import Embedded

PROGRAM = """\
from fastmcp import FastMCP
from yett.adapters.fastmcp import run_stdio

server = FastMCP("demo")

@server.tool
def greet(name: str) -> str:
    print("what a tool prints does not get into the conversation")
    return f"hello, {name}"

@server.tool
def secret() -> str:
    return "no"

run_stdio(server, "yett.yaml")
"""


ELSEWHERE = """\
auth: { stdio: { user: alice } }
servers: { demo: { inline: true, path: /api/mcp } }
roles: { reader: { members: [user:alice], allow: [demo.greet] } }
"""


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_server_of_fastmcp_serves_itself_on_a_pipe_with_the_guards_around_it(piped, whole, mode):
    assert piped.play(PROGRAM, mode) == whole


def test_it_is_made_an_asgi_app_with_the_path_of_the_config(tmp_path):
    (tmp_path / "yett.yaml").write_text(ELSEWHERE)
    app = protect(FastMCP("demo"), tmp_path / "yett.yaml")
    assert isinstance(app, Embedded)
    assert "/api/mcp" in [route.path for route in app._app.routes]
