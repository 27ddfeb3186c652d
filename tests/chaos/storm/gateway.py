"""The gateway under test: a process that is started, told, killed, and looked at from outside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import resource
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from storm.line import fetched

WATCHED: Final = Path(__file__).with_name("watched.py")
START_SECONDS: Final = 60.0
END_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 10.0


class StormError(Exception):
    """The suite itself could not do what it wanted to; the message says what to look at."""


class Nursery:
    """The process that gateways are forked from."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process
        self._starts: asyncio.Queue[int] = asyncio.Queue()
        self._forking = asyncio.Lock()
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._listening: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", str(WATCHED), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        await self._heard()
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.cancel()
        self._process.kill()
        await self._process.wait()

    async def fork(self, job: Mapping[str, Any]) -> int:
        """Start a gateway; its process id."""
        if self._process.stdin is None:
            raise StormError("the nursery has no input")
        async with self._forking:
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            return await asyncio.wait_for(self._starts.get(), START_SECONDS)

    def ended(self, pid: int) -> asyncio.Future[int]:
        """The exit status of a gateway, once it has one."""
        return self._ends.setdefault(pid, asyncio.get_running_loop().create_future())

    async def _heard(self) -> dict[str, int]:
        if self._process.stdout is None:
            raise StormError("the nursery has no output")
        line = await asyncio.wait_for(self._process.stdout.readline(), START_SECONDS)
        if not line:
            raise StormError("the nursery ended")
        heard: dict[str, int] = json.loads(line)
        return heard

    async def _listen(self) -> None:
        if self._process.stdout is None:
            return
        async for line in self._process.stdout:
            event = json.loads(line)
            if "started" in event:
                self._starts.put_nowait(event["started"])
            elif not self.ended(event["ended"]).done():
                self.ended(event["ended"]).set_result(event["status"])


class Gateway:
    """`yett run` with the config in `folder`, on ports that stay its own over restarts."""

    def __init__(self, folder: Path, nursery: Nursery, *, bound: bool) -> None:
        self.folder = folder
        self.environment: dict[str, str] = {}
        """Beyond our own; with it the process is started alone, not forked."""
        self.pid = 0
        self.status: int | None = None
        self._nursery = nursery
        self._bound = bound
        self._ended: asyncio.Future[int]
        self.port, self.admin_port = free_ports(2)

    # Its life.

    async def start(self) -> None:
        """Start it, and wait for its ready line."""
        await self.launch()
        for _ in patience(START_SECONDS):
            if self._ended.done():
                raise StormError(f"the gateway ended with {self._ended.result()}:\n{self.said()[-2000:]}")
            if b" ready " in self._said():
                return
            await asyncio.sleep(0.01)
        raise StormError(f"the gateway did not get ready:\n{self.said()[-2000:]}")

    async def launch(self) -> None:
        """Start it, and wait for nothing."""
        self._begin = len(self.log())
        self.status = None
        arguments = ["run", "-v", "-c", str(self.folder / "yett.yaml")]
        if self.environment:
            await self._start_alone(arguments)
            return
        job = {
            "folder": str(self.folder),
            "log": str(self.folder / "gateway.log"),
            "look": str(self.folder / "look"),
            "arguments": arguments,
            "bound": self._bound,
        }
        self.pid = await self._nursery.fork(job)
        self._ended = self._nursery.ended(self.pid)

    async def _start_alone(self, arguments: list[str]) -> None:
        with (self.folder / "gateway.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", str(WATCHED), "--alone", str(self.folder / "look"), *arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                cwd=self.folder,
                start_new_session=True,
            )
        self.pid = process.pid
        self._ended = asyncio.ensure_future(process.wait())

    async def surveyed(self, *servers: str) -> None:
        """Wait until it knows the tools of these servers."""
        said = ""
        for _ in patience(START_SECONDS):
            _, said = await self.admin("GET", "/readyz?verbose")
            if all(f"[+]server-{server}" in said for server in servers):
                return
            await asyncio.sleep(0.02)
        raise StormError(f"the gateway does not know its servers: {said}\n{self.said()[-2000:]}")

    async def ended(self, seconds: float = END_SECONDS) -> int:
        """Wait for its end; the exit status."""
        self.status = await asyncio.wait_for(asyncio.shield(self._ended), seconds)
        return self.status

    async def kill(self) -> None:
        """Kill it, as the kernel would."""
        self.send(signal.SIGKILL)
        await self.ended()

    async def stop(self) -> None:
        """End it in good order; by force where that takes too long."""
        if not self.pid or self._ended.done():
            return
        self.send(signal.SIGTERM)
        try:
            await self.ended(END_SECONDS)
        except TimeoutError:
            await self.kill()

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if there is somebody to get it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return bool(self.pid) and not self._ended.done()

    # What it is told.

    async def admin(self, method: str, path: str) -> tuple[int, str]:
        """Ask the admin listener; status 0 where nobody answers."""
        return await fetched(self.admin_port, method, path)

    async def reload(self) -> tuple[int, str]:
        """Have it read its config again."""
        return await self.admin("POST", "/reload")

    def limit(self, what: int, soft: int) -> int:
        """Set a resource limit of the running process; returns the one before."""
        before, hard = resource.prlimit(self.pid, what)
        resource.prlimit(self.pid, what, (soft, hard))
        return before

    # What can be seen.

    def log(self) -> bytes:
        """All that it and its predecessors in this folder printed."""
        path = self.folder / "gateway.log"
        return path.read_bytes() if path.exists() else b""

    def _said(self) -> bytes:
        return self.log()[self._begin :]

    def said(self) -> str:
        """What the present process printed."""
        return self._said().decode(errors="replace")

    def children(self) -> list[int]:
        """Processes that it started and that live or were not waited for."""
        text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("ascii")
        return [int(pid) for pid in text.split()]

    def memory(self) -> float:
        """Resident memory in MiB."""
        return int(self._field("VmRSS").split()[0]) / 1024

    def threads(self) -> int:
        """Threads of the process."""
        return int(self._field("Threads"))

    def processor_seconds(self) -> float:
        """Processor time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def look(self, *servers: int) -> tuple[int, int, int]:
        """How many tasks, descriptors, and connections to the ports `servers` it has, as it says itself.

        Others may not look. What is counted as a connection is not counted as a descriptor.
        """
        seen = await self._asked(signal.SIGUSR1)
        ours = _sockets_to(servers)
        pooled = sum(1 for target in seen["descriptors"] if target in ours)
        return seen["tasks"], len(seen["descriptors"]) - pooled, pooled

    async def census(self) -> tuple[int, dict[str, int]]:
        """How many objects it has, and how much its tables hold, by their names; as it says itself."""
        seen = await self._asked(signal.SIGUSR2)
        return seen["objects"], seen["tables"]

    async def _asked(self, number: signal.Signals) -> dict[str, Any]:
        path = self.folder / "look"
        path.unlink(missing_ok=True)
        self.send(number)
        for _ in patience(LOOK_SECONDS):
            if path.exists():
                seen: dict[str, Any] = json.loads(path.read_text("ascii"))
                return seen
            await asyncio.sleep(0.01)
        raise StormError("the gateway does not say how it is")

    def _field(self, name: str) -> str:
        text = Path(f"/proc/{self.pid}/status").read_text("ascii")
        return text.partition(f"{name}:")[2].partition("\n")[0].strip()


def _sockets_to(ports: Sequence[int]) -> set[str]:
    """Sockets connected to these ports, as links of descriptors name them."""
    found = set()
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        fields = line.split()
        if int(fields[2].rpartition(":")[2], 16) in ports:
            found.add(f"socket:[{fields[9]}]")
    return found


def patience(seconds: float) -> Any:
    """Turns of a loop for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on just now, and that the system gives to no outgoing connection meanwhile."""
    with contextlib.ExitStack() as stack:
        found: list[int] = []
        while len(found) < count:
            port = random.randint(15_000, 30_000)
            with contextlib.suppress(OSError):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
                found.append(port)
        return found
