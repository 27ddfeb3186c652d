"""Load by `wrk`, and what it cost the proxy: processor time over the run, divided by requests."""

from __future__ import annotations

import json
import ssl
import subprocess
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from yardstick import call
from yardstick.proc import cpu_seconds
from yardstick.programs import BenchError, program
from yardstick.rounds import in_turn, median
from yardstick.volley import Lane

_MARK: Final = "YARDSTICK "
_SCRIPT: Final = """
local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end
wrk.method = "POST"
wrk.body = read("{body}")
{headers}
function done(summary, latency, requests)
  local e = summary.errors
  local failed = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format('{mark}{{"requests": %d, "bytes": %d, "microseconds": %d, ',
    summary.requests, summary.bytes, summary.duration))
  io.write(string.format('"errors": %d, "p50": %f, "p99": %f}}\\n',
    failed, latency:percentile(50), latency:percentile(99)))
end
"""


class Target(NamedTuple):
    """A proxy that can be called."""

    name: str
    port: int
    path: str
    pid: int
    token: str
    tls: bool = False


class Shot(NamedTuple):
    """What all loads of one measure send."""

    content: bytes
    tool: str = "echo"
    connections: int = 32


class Sample(NamedTuple):
    """One run: processor time per request in microseconds, requests per second, latency in microseconds."""

    cpu: float
    rate: float
    p50: float
    p99: float


class Summary(NamedTuple):
    """What wrk says in the end."""

    requests: int
    bytes: int
    microseconds: int
    errors: int
    p50: float
    p99: float


def summary_of(output: str) -> Summary:
    """Read what our script printed. Raises `BenchError` where it did not get that far."""
    for line in output.splitlines():
        if line.startswith(_MARK):
            return Summary(**json.loads(line[len(_MARK) :]))
    raise BenchError(f"wrk did not finish: {output.strip()[-500:]}")


def check_summary(summary: Summary, weight: int, connections: int) -> None:
    """Refuse a run in which something failed. `weight` is an answer's size: a refusal has another one.

    The answers that were cut off by the end of the run count as bytes, and not as requests.
    """
    if summary.errors or not summary.requests:
        raise BenchError(f"{summary.errors} of {summary.requests} requests failed")
    if abs(summary.bytes - summary.requests * weight) > weight * (connections + summary.requests * 0.001):
        mean = summary.bytes / summary.requests
        raise BenchError(f"the answers have {mean:.0f} bytes in the mean, the one that was checked has {weight}")


def script(body: Path, headers: Mapping[str, str]) -> str:
    """The Lua script of one load."""
    lines = "\n".join(f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers.items())
    return _SCRIPT.format(body=body, headers=lines, mark=_MARK)


def unverified() -> ssl.SSLContext:
    """A context for the checks: the certificate is one that we made a moment ago."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Load:
    """Loads one target after the other. `core` is where wrk runs."""

    def __init__(self, folder: Path, core: int) -> None:
        self._folder = folder
        self._core = core

    def run(self, target: Target, shot: Shot, seconds: int) -> Sample:
        """One run. Raises `BenchError` when an answer was not the result of the call."""
        weight = checked(target, shot)
        path = self._written(target, shot)
        url = f"{'https' if target.tls else 'http'}://127.0.0.1:{target.port}{target.path}"
        command = [program("taskset"), "-c", str(self._core), program("wrk"), "-t1", f"-c{shot.connections}"]
        before = cpu_seconds(target.pid)
        ran = subprocess.run(
            [*command, f"-d{seconds}s", "-s", str(path), url],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        spent = cpu_seconds(target.pid) - before
        summary = summary_of(ran.stdout + ran.stderr)
        check_summary(summary, weight, shot.connections)
        requests = summary.requests
        rate = requests * 1_000_000 / summary.microseconds
        return Sample(cpu=spent * 1_000_000 / requests, rate=rate, p50=summary.p50, p99=summary.p99)

    def in_turn(
        self, targets: list[Target], shots: Mapping[str, Shot] | Shot, *, rounds: int, seconds: int
    ) -> dict[str, Sample]:
        """Load the targets in turn; the medians of the rounds by name. The first run of each only warms it up."""
        runs: dict[str, Callable[[], Sample]] = {}
        for target in targets:
            shot = shots if isinstance(shots, Shot) else shots[target.name]
            self.run(target, shot, 1)
            runs[target.name] = partial(self.run, target, shot, seconds)
        return {name: middle(samples) for name, samples in in_turn(runs, rounds).items()}

    def _written(self, target: Target, shot: Shot) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        body, path = self._folder / "body", self._folder / "load.lua"
        body.write_bytes(shot.content)
        path.write_text(script(body, call.headers(target.token, shot.tool)), "utf-8")
        return path


def checked(target: Target, shot: Shot) -> int:
    """Make one call and look at the answer; its size."""
    lane = Lane(target.port, unverified() if target.tls else None)
    try:
        lane.send(call.request(target.port, target.path, target.token, shot.content, shot.tool))
        lane.answer()
    finally:
        lane.close()
    if target.tls and lane.protocol != "TLSv1.3":
        raise BenchError(f"`{target.name}` speaks {lane.protocol}, not TLSv1.3")
    return lane.weight


def middle(samples: list[Sample]) -> Sample:
    """The median of each figure."""
    columns: dict[str, Any] = {name: median([getattr(one, name) for one in samples]) for name in Sample._fields}
    return Sample(**columns)
