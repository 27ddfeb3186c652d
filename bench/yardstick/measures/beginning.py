"""The first second: importing, and from the start of the process to its first answered call."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from yardstick import call
from yardstick.gateway import launched
from yardstick.interpreter import inside
from yardstick.proc import cpu_seconds
from yardstick.programs import BenchError
from yardstick.rounds import median
from yardstick.row import Row, bounded
from yardstick.stage import Stage
from yardstick.volley import Lane

_GROUP: Final = "start"
_IMPORT_GOAL: Final = 400.0
_START_GOAL: Final = 1.5
_PATIENCE: Final = 30.0


def imports(stage: Stage) -> Iterator[Row]:
    """Importing everything that `yett run` needs, compiled before."""
    inside("importing", stage.cores.proxy)
    value = median([inside("importing", stage.cores.proxy) for _ in range(stage.rounds(6))])
    yield bounded(_GROUP, "import of the gateway, processor time", value=value, goal=_IMPORT_GOAL, unit=" ms")


def start(stage: Stage) -> Iterator[Row]:
    """A new ledger, one server to be asked for its tools, and a client that calls until it gets its result."""
    with stage.server() as server:
        found = [_started(stage, server, number) for number in range(stage.rounds(5) + 1)][1:]
    seconds, spent = median([one[0] for one in found]), median([one[1] for one in found])
    yield bounded(
        _GROUP,
        "from start to the first answered call",
        value=seconds,
        goal=_START_GOAL,
        unit=" s",
        remark=f"{spent:.2f} s of processor time",
    )


def _started(stage: Stage, server: int, number: int) -> tuple[float, float]:
    content = call.sized(call.BODY_BYTES)
    began = time.perf_counter
    with launched(stage.folder / f"start-{number}", server, core=stage.cores.proxy) as gateway:
        request = call.request(gateway.port, gateway.path, gateway.token, content)
        at = gateway.began
        while not _answered(gateway.port, request):
            if began() - at > _PATIENCE:
                raise BenchError(f"no call was answered in {_PATIENCE:g} s:\n{gateway.process.said()}")
            time.sleep(0.002)
        return began() - at, cpu_seconds(gateway.pid)


def _answered(port: int, request: bytes) -> bool:
    try:
        lane = Lane(port)
    except OSError:
        return False
    try:
        lane.send(request)
        lane.answer()
    except BenchError:
        return False  # it does not know the tool yet
    finally:
        lane.close()
    return True
