from __future__ import annotations

from pathlib import Path

from yett.config.load import parse
from yett.config.servers import InlineServer
from yett.config.stdio import Stdio

REST = "servers: { demo: { inline: true } }\nroles: { reader: { allow: [demo.echo] } }\n"


def _auth(text: str):
    return parse(f"auth: {text}\n{REST}".encode(), Path("yett.yaml")).auth


def test_a_caller_on_a_pipe_is_a_way_to_sign_in():
    auth = _auth("{ stdio: { user: alice, roles: [reader], groups: [/eng], scopes: [files.read] } }")
    assert auth.stdio == Stdio(user="alice", roles=("reader",), groups=("/eng",), scopes=("files.read",))
    assert auth.tokens is None


def test_it_stands_beside_tokens(tmp_path):
    assert _auth("{ tokens: tokens.yaml, stdio: { os_user: true } }").stdio == Stdio(os_user=True)


def test_an_inline_server_has_a_path_and_passes_the_rest_unless_told_otherwise():
    servers = parse(f"auth: {{ stdio: {{ user: a }} }}\n{REST}".encode(), Path("yett.yaml")).servers
    assert servers["demo"] == InlineServer(inline=True, path="/mcp", other_routes="pass")
