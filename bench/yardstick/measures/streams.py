"""Event streams: how much later an event arrives through a proxy, and how much memory a silent stream holds."""

from __future__ import annotations

import json
import re
import resource
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from yardstick import call
from yardstick.load import Target
from yardstick.proc import family_of, resident_kib
from yardstick.programs import BenchError
from yardstick.rounds import in_turn, median, percentile
from yardstick.row import Row, bounded
from yardstick.running import answers as listens
from yardstick.running import free_ports, running
from yardstick.stage import Stage
from yardstick.streamer import EVENTS, TOKEN
from yardstick.upstream import VERSION

_GROUP: Final = "event streams"
_EVENT_GOAL: Final = 0.2
_MEMORY_GOAL: Final = 24.0
_FEW, _MANY = 1_000, 10_000
_SPARE: Final = 500
"""Descriptors that a process needs beside its streams."""
SENT: Final = re.compile(rb"at ([0-9]+)")
_SECONDS: Final = 60.0
_LIMITS: Final[dict[str, Any]] = {
    "user": "100000000/min",
    "peer": "100000000/min",
    "concurrency": 20_000,
    "connections": 20_000,
    "connections_per_peer": 20_000,
}


@contextmanager
def streamer(stage: Stage) -> Iterator[int]:
    """Run the server that streams; its port."""
    (port,) = free_ports(1)
    path = {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = (sys.executable, "-m", "yardstick.streamer", str(port))
    with running(command, stage.folder / "streamer.log", core=stage.cores.load, env=path) as process:
        process.until(lambda: listens(port), "the streaming server listens")
        yield port


# Events.


def events(stage: Stage) -> Iterator[Row]:
    """From the server's write to the client's read: direct, through nginx without buffers, through Yett, in turn."""
    with ExitStack() as stack:
        server = stack.enter_context(streamer(stage))
        targets = [
            Target("direct", server, "/mcp", 0, "none"),
            stack.enter_context(stage.nginx(server, streaming=True)),
            stack.enter_context(stage.yett(server)),
        ]
        runs = {target.name: partial(delays, target) for target in targets}
        found = in_turn(runs, stage.rounds(6))
    for name, several in found.items():
        if min(map(len, several)) < EVENTS // 2:
            raise BenchError(f"most events of `{name}` were read together: the machine is too busy for this measure")
    took = {name: median([percentile(one, 50) for one in several]) for name, several in found.items()}
    mine, theirs = took["yett"] - took["direct"], took["nginx"] - took["direct"]
    yield Row(
        group=_GROUP,
        what="an event's way, added p50",
        measured=f"{mine:.3f} ms beside {theirs:.3f} ms of nginx, on {took['direct']:.3f} ms without a proxy",
        ratio=mine / theirs if theirs > 0 else None,
        value=mine,
        goal=_EVENT_GOAL,
        unit=" ms",
        numbers=took,
    )
    alone = sum(map(len, found["yett"])) / (EVENTS * len(found["yett"]))
    yield Row(
        group=_GROUP,
        what="events that were read alone, each before the next was sent",
        measured=f"{alone:.1%}",
        numbers={"alone": alone},
    )


def delays(target: Target) -> list[float]:
    """The milliseconds that each event of one call was under way, but for those that were read together."""
    content = json.loads(call.body({"text": "x"}))
    content["params"]["_meta"]["progressToken"] = TOKEN
    request = call.request(target.port, target.path, target.token, json.dumps(content, separators=(",", ":")).encode())
    took: list[float] = []
    with socket.create_connection(("127.0.0.1", target.port), _SECONDS) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(request)
        received = b""
        while b'"result":' not in received:
            piece = client.recv(65_536)
            now = time.monotonic_ns()
            if not piece:
                raise BenchError(f"the stream of `{target.name}` ended early: {received[-300:]!r}")
            sent = SENT.findall(piece)
            if len(sent) == 1:
                took.append((now - int(sent[0])) / 1e6)
            received = piece if sent else received + piece
    return took


# Memory.


def idle(stage: Stage) -> Iterator[Row]:
    """Streams that are open and silent: what the process has more than before it had them, divided by them."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # The gateway holds two descriptors for a stream: one to the client, one to the server.
    most = min(_MANY, (hard - _SPARE) // 2)
    counts = [_FEW] if stage.quick else [_FEW, most]
    with streamer(stage) as server, stage.nginx(server, streaming=True) as nginx:
        theirs = held(nginx, _FEW)
    for count in counts:
        with streamer(stage) as server, stage.yett(server, f"yett-{count}", changes={"limits": _LIMITS}) as yett:
            mine = held(yett, count)
        goal = _MEMORY_GOAL * count / _FEW
        each = f"{mine * 1024 / count:.1f} KiB each"
        beside = f"; nginx: {theirs:.1f} MiB" if count == _FEW else ""
        yield bounded(
            _GROUP, f"memory of {count:,} idle streams", value=mine, goal=goal, unit=" MiB", remark=each + beside
        )


def held(target: Target, count: int) -> float:
    """MiB that so many idle streams hold in the proxy's processes."""
    for lane in opened(target, 20):  # what the first streams bring in stays, and is not theirs
        lane.close()
    time.sleep(1.0)
    before = resident(target.pid)
    lanes = opened(target, count)
    try:
        time.sleep(1.0)
        return (resident(target.pid) - before) / 1024
    finally:
        for lane in lanes:
            lane.close()


def resident(pid: int) -> int:
    """Resident memory of a process and its children in KiB."""
    return sum(resident_kib(one) for one in family_of(pid))


def opened(target: Target, count: int) -> list[socket.socket]:
    """Open so many streams; all of them have begun."""
    meta = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
    params = {"notifications": {"toolsListChanged": True}, "_meta": meta}
    message = {"jsonrpc": "2.0", "id": 7, "method": "subscriptions/listen", "params": params}
    content = json.dumps(message, separators=(",", ":")).encode()
    request = call.request(target.port, target.path, target.token, content)
    request = request.replace(b"Mcp-Method: tools/call", b"Mcp-Method: subscriptions/listen")
    request = request.replace(b"Mcp-Name: echo\r\n", b"")
    lanes: list[socket.socket] = []
    for number in range(count):
        # Each from an address of its own in the loopback's net: one address has too few ports beside the proxies' own.
        source = (f"127.0.{number // 250}.{number % 250 + 1}", 0)
        lane = socket.create_connection(("127.0.0.1", target.port), _SECONDS, source_address=source)
        lane.sendall(request)
        lanes.append(lane)
        if len(lanes) % 100 == 0:
            begun(lanes[-100:])
    begun(lanes[-(count % 100) :] if count % 100 else [])
    return lanes


def begun(lanes: list[socket.socket]) -> None:
    """Wait until each of these streams has said that it is open."""
    for lane in lanes:
        received = b""
        while b"acknowledged" not in received:
            piece = lane.recv(65_536)
            received += piece
            if not piece or b" 200 OK" not in received:
                raise BenchError(f"a stream was refused: {received[:400]!r}")
