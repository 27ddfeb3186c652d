"""The MCP server behind the proxies: an nginx that answers from its config, the cheapest server there is.

It speaks the modern era, whose requests name their method and their tool in headers: nothing needs to be parsed.
"""

from __future__ import annotations

import contextlib
import getpass
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from yardstick.programs import program
from yardstick.running import Running, answers, running

VERSION: Final = "2026-07-28"
ID: Final = 7
"""Every call has this id, for every answer has it: they are constants."""

ECHO: Final = {
    "name": "echo",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
}
SENTENCE: Final = "hello from the other side of the wire, all is well"


def reply(result: Mapping[str, Any], id_: int | str = ID) -> str:
    """A reply as a server writes it."""
    return json.dumps({"jsonrpc": "2.0", "id": id_, "result": result}, separators=(",", ":"))


def text_reply(text: str) -> str:
    """The answer of a tool that says something."""
    return reply({"content": [{"type": "text", "text": text}], "isError": False, "resultType": "complete"})


def discovery() -> str:
    """The answer to `server/discover`, as the gateway asks it (id 1)."""
    return reply(
        {
            "supportedVersions": [VERSION],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "bench", "version": "1"},
            "resultType": "complete",
        },
        1,
    )


def listing(tools: list[dict[str, Any]]) -> str:
    """The answer to `tools/list`, as the gateway asks it (id `yett-1`)."""
    return reply({"tools": tools, "resultType": "complete", "ttlMs": 300_000, "cacheScope": "private"}, "yett-1")


def preamble(folder: Path) -> str:
    """What the configs of all our nginxes begin with. Nothing is written outside of `folder`."""
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""user {getpass.getuser()}; worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
worker_rlimit_nofile 20000;
events {{ worker_connections 16384; }}
http {{
access_log off; keepalive_requests 100000000; keepalive_timeout 1h; client_max_body_size 0; {temporary}
"""


def config(folder: Path, port: int, replies: Mapping[str, str]) -> str:
    """The upstream's config: the reply to a tool's call is the file of its name. Writes those files.

    A POST for a file is refused by nginx with 405, which is then answered by the file itself.
    """
    site = folder / "replies"
    site.mkdir(parents=True, exist_ok=True)
    for name, text in replies.items():
        (site / name).write_text(text, "utf-8")
    return f"""{preamble(folder)}
default_type application/json; client_body_buffer_size 2m; open_file_cache max=100; sendfile on; tcp_nopush on;
map $http_mcp_method $what {{ default $http_mcp_name; server/discover discover; tools/list list; }}
server {{
  listen 127.0.0.1:{port} backlog=4096; root {folder};
  location / {{ rewrite ^ /replies/$what last; }}
  location = /replies/echo {{ return 200 '{text_reply(SENTENCE)}'; }}
  location /replies/ {{ error_page 405 =200 $uri; }}
}}
}}
"""


@contextlib.contextmanager
def nginx(folder: Path, text: str, port: int, *, core: int) -> Iterator[Running]:
    """Run an nginx with this config until the context is left."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "nginx.conf"
    path.write_text(text, "utf-8")
    command = (program("nginx"), "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(path))
    with running(command, folder / "output.log", core=core) as process:
        process.until(lambda: answers(port), "nginx listens")
        yield process


@contextlib.contextmanager
def upstream(
    folder: Path, port: int, *, core: int, tools: list[dict[str, Any]] | None = None, replies: Mapping[str, str] = {}
) -> Iterator[Running]:
    """Run the MCP server. Without `tools` it has `echo` alone."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {"discover": discovery(), "list": listing([ECHO] if tools is None else tools), **replies}
    with nginx(folder, config(folder, port, written), port, core=core) as process:
        yield process
