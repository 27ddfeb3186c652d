from __future__ import annotations

import pytest
from mcp.server.mcpserver import MCPServer

from yett.adapters.mcp import protect
from yett.enforce.embedded import Embedded

PROGRAM = """\
from mcp.server.mcpserver import MCPServer
from yett.adapters.mcp import run_stdio

server = MCPServer("demo")

@server.tool()
def greet(name: str) -> str:
    print("what a tool prints does not get into the conversation")
    return f"hello, {name}"

@server.tool()
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
def test_a_server_of_the_sdk_serves_itself_on_a_pipe_with_the_guards_around_it(piped, whole, mode):
    assert piped.play(PROGRAM, mode) == whole


def test_it_is_made_an_asgi_app_with_the_path_of_the_config(tmp_path):
    (tmp_path / "yett.yaml").write_text(ELSEWHERE)
    app = protect(MCPServer("demo"), tmp_path / "yett.yaml")
    assert isinstance(app, Embedded)
    assert [route.path for route in app._app.routes] == ["/api/mcp"]
