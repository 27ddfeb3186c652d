"""Servers of the Python SDK (`mcp` 2) with Yett inside, as an ASGI app or on standard input and output.

from yett.adapters.mcp import run_stdio

run_stdio(server, "yett.yaml")  # in the place of server.run("stdio")
"""

from __future__ import annotations

from os import PathLike
from typing import Any, cast

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings

from yett.adapters import stdio
from yett.config.endpoints import public_url
from yett.config.schema import Config
from yett.enforce.embedded import Embedded
from yett.upstream.app_pool import App

__all__ = ["protect", "run_stdio"]


def protect(server: MCPServer[Any], config: str | PathLike[str] | Config, *, name: str = "") -> Embedded:
    """Make an ASGI app of the server, with Yett around its endpoint: `yett.protect` of its Streamable HTTP app.

    `name` is the server's in the config, where that has several that are `inline: true`. Raises `ConfigError`.
    """
    whole, chosen, inline = stdio.read(config, name)
    return Embedded(_app(server, whole, inline.path), whole, chosen)


def run_stdio(server: MCPServer[Any], config: str | PathLike[str] | Config, *, name: str = "") -> None:
    """Serve the client that started this program, in the place of `server.run("stdio")`. Raises `YettError`.

    The caller is `auth.stdio` of the config, or whoever the token in YETT_TOKEN belongs to.
    """
    whole, chosen, inline = stdio.read(config, name)
    stdio.serve(_app(server, whole, inline.path), whole, chosen)


def _app(server: MCPServer[Any], config: Config, path: str) -> App:
    """The server's own app. It goes on checking the `Host`, which is the one that the config knows it by."""
    host = public_url(config, config.listen.port).partition("://")[2]
    security = TransportSecuritySettings(allowed_hosts=[host])
    return cast("App", server.streamable_http_app(streamable_http_path=path, transport_security=security))
