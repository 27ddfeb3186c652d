"""Count the user-space instructions that one `tools/call` costs a running gateway, every guard on.

python bench/instructions.py [--calls N] [--lanes N ...] [--rounds N] [--request BYTES] [--reply BYTES] [--keep FOLDER]
The count is the same on a busy machine, so it shows what a change of the hot path is worth. It does not see what the
kernel does. The dumps in the kept folder are for `callgrind_annotate`. BENCH_PYTHON=PATH: another interpreter.
Needs nginx and valgrind.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from yardstick import call, callgrind
from yardstick.gateway import YETT, gateway
from yardstick.programs import BenchError
from yardstick.running import Cores, free_ports
from yardstick.upstream import text_reply, upstream
from yardstick.volley import volley

TOOL = {"name": "large", "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}}}
WORDS = "lorem ipsum dolor "


def main() -> int:
    """Print the count; 1 when it could not be made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=960, help="calls of one round")
    parser.add_argument("--lanes", type=int, nargs="+", default=[32, 1], help="connections that call together")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median counts")
    parser.add_argument("--request", type=int, default=call.BODY_BYTES, help="bytes of the call")
    parser.add_argument("--reply", type=int, default=0, help="bytes of the text in the reply (0: a sentence)")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave the dumps there")
    given = parser.parse_args()
    try:
        with _folder(given.keep) as folder:
            count(given, folder)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="yett-bench-") as temporary:
        yield Path(temporary)


def count(given: argparse.Namespace, folder: Path) -> None:
    """Start a gateway, call it, and print a line for each number of lanes."""
    cores = Cores()
    (port,) = free_ports(1)
    name, tools, replies = "echo", None, {}
    if given.reply:
        name, tools, replies = "large", [TOOL], {"large": text_reply((WORDS * given.reply)[: given.reply])}
    # A fixed seed: where entries of dicts and sets fall must not differ from run to run.
    env = {"PYTHONHASHSEED": "0"}
    program = (*callgrind.command(folder), *YETT)
    with (
        upstream(folder / "upstream", port, core=cores.load, tools=tools, replies=replies),
        gateway(folder / "yett", port, core=cores.proxy, program=program, env=env) as proxy,
    ):
        request = call.request(proxy.port, proxy.path, proxy.token, call.sized(given.request, name), name)
        counter = callgrind.Counter(proxy.pid, folder)
        counter.begin()
        for lanes in given.lanes:
            with volley(proxy.port, request, lanes) as fleet:
                fleet.fire(10 * lanes)
                fire = partial(fleet.fire, given.calls)
                counts = [counter.counted(fire) / given.calls for _ in range(given.rounds)]
            middle, spread = statistics.median(counts), max(counts) - min(counts)
            print(
                f"{lanes:3} lanes: {middle / 1000:8.1f} thousand instructions a call"
                f" (rounds differ by {100 * spread / middle:.1f} %)",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())
