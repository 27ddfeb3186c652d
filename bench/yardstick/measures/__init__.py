"""The measures by name, in the order of the page: each a function from a stage to rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from yardstick.measures import beginning, cpu, keeping, latency, rivals, scale, sizes, streams
from yardstick.row import Row
from yardstick.stage import Stage

MEASURES: Final[dict[str, Callable[[Stage], Iterator[Row]]]] = {
    "plain": cpu.plain,
    "jwt": cpu.jwt,
    "tls": cpu.tls,
    "guards": cpu.guards,
    "latency": latency.latency,
    "halfway": latency.halfway,
    "sizes": sizes.sizes,
    "events": streams.events,
    "idle": streams.idle,
    "records": keeping.records,
    "durable": keeping.durable,
    "scale": scale.scale,
    "start": beginning.start,
    "imports": beginning.imports,
    "rivals": rivals.rivals,
}
