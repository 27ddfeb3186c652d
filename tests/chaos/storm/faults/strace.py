"""Makes system calls of a running process fail, wait or kill, with `strace`'s injection."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from pathlib import Path
from typing import Self

from storm.gateway import StormError


def missing() -> str:
    """Why strace cannot be used here; empty when it can."""
    if shutil.which("strace") is None:
        return "no `strace` (apt-get install strace)"
    status = Path("/proc/self/status").read_text("ascii")
    capable = int(status.partition("CapEff:")[2].split()[0], 16) & 1 << 19  # CAP_SYS_PTRACE
    return "" if capable else "the gateway lets only root trace it"


class Strace:
    """Holds from `__aenter__` to `__aexit__`. `rules` are what `-e inject=` takes; `paths` narrows them to files."""

    def __init__(self, pid: int, *rules: str, paths: tuple[Path, ...] = ()) -> None:
        self._pid = pid
        self._rules = rules
        self._paths = paths
        self._process: asyncio.subprocess.Process

    async def __aenter__(self) -> Self:
        calls = ",".join(rule.partition(":")[0] for rule in self._rules)
        command = ["strace", "-f", "-p", str(self._pid), "-o", "/dev/null", "-e", f"trace={calls}"]
        command += [part for rule in self._rules for part in ("-e", f"inject={rule}")]
        command += [part for path in self._paths for part in ("-P", str(path))]
        self._process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        if self._process.stderr is None:
            raise StormError("strace has no output")
        said = (await asyncio.wait_for(self._process.stderr.readline(), 10)).decode()
        if "attached" not in said:
            raise StormError(f"strace cannot attach: {said.strip()}")
        self._reading = asyncio.create_task(self._process.stderr.read())
        await asyncio.sleep(0.1)  # it goes on to the other threads
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading
