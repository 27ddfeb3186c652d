"""Count the bytecode instructions that one `tools/call` costs a running gateway, by function, every guard on.

python bench/opcodes.py [--calls N] [--lanes N] [--top N]
Nearly the same figure on every run (what is done once a second weighs more while counting slows everything down), so it
shows where the Python part of a call goes and what a change of it is worth. Native code does not count: a call into C
is one instruction. BENCH_PYTHON=PATH: another interpreter. Needs nginx.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from yardstick import call
from yardstick.gateway import ENVIRONMENT, PYTHON, gateway
from yardstick.programs import BenchError
from yardstick.running import Cores, free_ports
from yardstick.upstream import upstream
from yardstick.volley import volley


def main() -> int:
    """Print the functions that cost most; 1 when they could not be counted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=320, help="calls that are counted")
    parser.add_argument("--lanes", type=int, default=4, help="connections that call together")
    parser.add_argument("--top", type=int, default=50, help="functions to print")
    given = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="yett-bench-") as folder:
            rows = counted(Path(folder), given.calls, given.lanes)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    instructions, calls = sum(row[2] for row in rows), sum(row[1] for row in rows)
    print(
        f"{instructions / given.calls:9.1f} {calls / given.calls:7.2f}  in all: instructions and function calls a call"
    )
    for name, times, count in rows[: given.top]:
        print(f"{count / given.calls:9.1f} {times / given.calls:7.2f}  {name}")
    return 0


def counted(folder: Path, calls: int, lanes: int) -> list[tuple[str, int, int]]:
    """Name, calls and instructions of each function while so many calls were answered; the costliest first."""
    cores, file = Cores(), folder / "counts.json"
    (port,) = free_ports(1)
    env = {"PYTHONPATH": f"{ENVIRONMENT['PYTHONPATH']}:{Path(__file__).resolve().parent}"}
    program = (PYTHON, "-P", "-m", "yardstick.traced", str(file))
    with (
        upstream(folder / "upstream", port, core=cores.load),
        gateway(folder / "yett", port, core=cores.proxy, program=program, env=env) as proxy,
    ):
        request = call.request(proxy.port, proxy.path, proxy.token, call.sized(call.BODY_BYTES))
        with volley(proxy.port, request, lanes) as fleet:
            fleet.fire(10 * lanes)
            os.kill(proxy.pid, signal.SIGUSR2)
            fleet.fire(calls)
            os.kill(proxy.pid, signal.SIGUSR2)
            fleet.fire(lanes)  # a signal is heard when something happens
        proxy.process.until(file.exists, "the counts are written")
    return [(name, times, count) for name, times, count in json.loads(file.read_text("utf-8"))]


if __name__ == "__main__":
    sys.exit(main())
