"""A TCP proxy between the gateway and a server, which can fail in the ways that networks and servers fail.

It fails as a whole (`refuse`, `mode`), or within one response: a call whose argument `plan` is `how@N` has its response
broken at byte N. So many plans can run side by side.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
from typing import Final

PLAN: Final = re.compile(rb'"plan":\s*"([a-z]+)@(\d+)"')
_RESET: Final = struct.pack("ii", 1, 0)
_SETTLE: Final = 0.02
"""Seconds between the last byte and a reset, so that the reset does not overtake it."""


class Proxy:
    """Passes everything on until told otherwise. Owned by the event loop that started it."""

    def __init__(self, target: int) -> None:
        self.mode = "pass"
        """`pass`; `hole`: take everything, answer nothing; `reset`: break connections as they come."""
        self.port = 0
        self.connections = 0
        """Connections accepted so far."""
        self.requests = 0
        """Pieces of requests that came from the gateway so far."""
        self.recorded = b""
        """The last response whose plan was `record@0`."""
        self._target = target
        self._server: asyncio.Server | None = None
        self._lines: set[Line] = set()

    async def start(self) -> None:
        """Listen, on the same port as before."""
        if self._server is None:
            self._server = await asyncio.start_server(self._welcome, "127.0.0.1", self.port, backlog=512)
            self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Close the door and break what is open: connecting fails from now on."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.reset()

    def reset(self) -> None:
        """Break every open connection with a RST."""
        for line in list(self._lines):
            line.reset()

    async def stop(self) -> None:
        """End everything."""
        await self.refuse()
        await asyncio.sleep(0)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        line = Line(self, writer)
        self._lines.add(line)
        try:
            if self.mode == "reset":
                line.reset()
            else:
                await line.run(reader, self._target)
        finally:
            self._lines.discard(line)
            line.close()


class Line:
    """One connection of the gateway's, and the one behind it."""

    def __init__(self, proxy: Proxy, gateway: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._gateway = gateway
        self._server: asyncio.StreamWriter | None = None
        self._how = ""
        self._at = 0
        self._passed = 0
        self._broken = False

    async def run(self, asks: asyncio.StreamReader, target: int) -> None:
        """Pass both ways until one side leaves, or the plan says otherwise."""
        answers, self._server = await asyncio.open_connection("127.0.0.1", target)
        there = asyncio.create_task(self._pass_asked(asks, self._server))
        back = asyncio.create_task(self._pass_answered(answers))
        try:
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
            if self._broken and self._how == "stall":
                await there
        finally:
            for task in (there, back):
                task.cancel()
            await asyncio.gather(there, back, return_exceptions=True)

    def reset(self) -> None:
        """Break both sides with a RST."""
        for writer in (self._gateway, self._server):
            if writer is not None:
                sock = writer.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                writer.transport.abort()

    def close(self) -> None:
        """Close both sides."""
        for writer in (self._gateway, self._server):
            if writer is not None:
                writer.close()

    async def _pass_asked(self, asks: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await asks.read(65536):
                self._proxy.requests += 1
                planned = PLAN.search(data)
                self._how, self._at = (planned[1].decode(), int(planned[2])) if planned else ("", 0)
                self._passed = 0
                if self._proxy.mode == "hole":
                    continue
                server.write(data)
                await server.drain()

    async def _pass_answered(self, answers: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while data := await answers.read(65536):
                if self._proxy.mode == "hole":
                    continue
                if self._how:
                    await self._pass_by_plan(data)
                    if self._broken:
                        return
                else:
                    self._gateway.write(data)
                await self._gateway.drain()

    async def _pass_by_plan(self, data: bytes) -> None:
        begin, self._passed = self._passed, self._passed + len(data)
        offset = self._at - begin
        match self._how:
            case "record":
                self._proxy.recorded = data if begin == 0 else self._proxy.recorded + data
            case "drip":
                for byte in data:
                    self._gateway.write(bytes((byte,)))
                    await self._gateway.drain()
                    await asyncio.sleep(self._at / 10_000)
                return
            case "nul" | "ff" if 0 <= offset < len(data):
                data = data[:offset] + (b"\x00" if self._how == "nul" else b"\xff") + data[offset + 1 :]
            case "rst" | "fin" | "stall" if offset <= len(data):
                self._gateway.write(data[: max(0, offset)])
                await self._break()
                return
        self._gateway.write(data)

    async def _break(self) -> None:
        self._broken = True
        with contextlib.suppress(OSError):
            await self._gateway.drain()
        if self._how == "rst":
            await asyncio.sleep(_SETTLE)
            self.reset()
        elif self._how == "fin":
            self._gateway.write_eof()


class Silence:
    """An address that connections to hang at: its queue is full, and nobody accepts."""

    def __init__(self, port: int = 0) -> None:
        self._door = socket.create_server(("127.0.0.1", port), backlog=0)
        self.port = self._door.getsockname()[1]
        self._waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                one.connect(("127.0.0.1", self.port))
            self._waiting.append(one)

    def close(self) -> None:
        """Let go of it."""
        for one in (*self._waiting, self._door):
            one.close()
