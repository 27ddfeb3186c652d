"""Processor time per call beside MCP gateways in Python: FastMCP's proxy and ContextForge, the same server behind all.

Few calls, on 16 connections: they cost milliseconds each. Each rival checks what it does when it is set up as its
documentation says. ContextForge is called in the words of the older era, which are all it knows.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from yardstick import call
from yardstick.contextforge import contextforge
from yardstick.load import Target
from yardstick.proc import cpu_seconds
from yardstick.programs import BenchError
from yardstick.row import Row, shown
from yardstick.running import answers, free_ports, running
from yardstick.stage import Stage
from yardstick.volley import volley

_GROUP: Final = "other gateways"
_GOAL: Final = 500.0
_SCRIPTS: Final = Path(__file__).parents[2] / "rivals"
_LANES: Final = 16
_CALLS: Final = 64
"""With those that warm it up no more than the hundred that ContextForge takes in a minute."""
_MINE: Final = 960


def rivals(stage: Stage) -> Iterator[Row]:
    """Each in turn, alone on the proxy's core."""
    with ExitStack() as stack:
        server = _server(stage, stack)
        yett = stack.enter_context(stage.yett(server))
        mine = spent(yett, call.sized(call.BODY_BYTES), stage.calls(_MINE))
        fastmcp = _fastmcp(stage, stack, server)
        yield beside("FastMCP's proxy", spent(fastmcp, call.sized(call.BODY_BYTES), _CALLS), mine)
        try:
            forge = stack.enter_context(contextforge(stage.folder / "forge", server, core=stage.cores.proxy))
        except BenchError as error:
            yield Row(group=_GROUP, what="ContextForge", measured=f"not measured: {str(error).splitlines()[0]}")
            return
        yield beside("ContextForge", spent(forge, _older(), _CALLS, tool=""), mine)


def beside(name: str, theirs: float, mine: float) -> Row:
    """How many times as much it costs, in microseconds each."""
    return Row(
        group=_GROUP,
        what=f"{name}, processor time per call beside Yett's",
        measured=f"{shown(theirs)} µs beside {shown(mine)} µs",
        ratio=theirs / mine,
        value=theirs / mine,
        goal=_GOAL,
        unit="x",
        least=True,
        numbers={"theirs": theirs, "yett": mine},
    )


def spent(target: Target, content: bytes, calls: int, tool: str = "echo") -> float:
    """Microseconds of processor time per call, after a round that warms it up."""
    request = call.request(target.port, target.path, target.token, content, tool)
    with volley(target.port, request if tool else _without_names(request), _LANES) as lanes:
        lanes.fire(_LANES)
        before = cpu_seconds(target.pid)
        lanes.fire(calls)
        return (cpu_seconds(target.pid) - before) * 1e6 / calls


def _without_names(request: bytes) -> bytes:
    """The headers of the newer era would be wrong in the older one."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith((b"Mcp-", b"MCP-"))]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _older() -> bytes:
    params = {"name": "demo-echo", "arguments": {"text": "hello"}}
    return json.dumps({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}).encode()


def _server(stage: Stage, stack: ExitStack) -> int:
    (port,) = free_ports(1)
    command = (sys.executable, str(_SCRIPTS / "server.py"), str(port))
    process = stack.enter_context(running(command, stage.folder / "server.log", core=stage.cores.load))
    process.until(lambda: answers(port), "the FastMCP server listens")
    return port


def _fastmcp(stage: Stage, stack: ExitStack, server: int) -> Target:
    (port,) = free_ports(1)
    command = (sys.executable, str(_SCRIPTS / "fastmcp_proxy.py"), str(port), str(server))
    process = stack.enter_context(running(command, stage.folder / "fastmcp.log", core=stage.cores.proxy))
    process.until(lambda: answers(port), "FastMCP's proxy listens")
    return Target("FastMCP", port, "/mcp", process.pid, "none")
