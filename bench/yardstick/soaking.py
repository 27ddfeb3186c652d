"""Hours of mixed load on one gateway: whether its memory stays where it was after it had seen everything once."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from yardstick import call
from yardstick.load import Target
from yardstick.measures.sizes import reply_of, tool_of
from yardstick.measures.streams import delays, opened, streamer
from yardstick.proc import resident_kib
from yardstick.programs import BenchError
from yardstick.rounds import median
from yardstick.stage import Stage
from yardstick.upstream import ECHO, text_reply
from yardstick.volley import Lane, Volley

WARM: Final = 0.2
"""Part of the time in which tables and caches fill; what is held then is the measure for the rest."""
FLAT_MIB: Final = 4.0
"""What the rest may be above it: a few arenas of the interpreter, whatever the time."""
_LARGE: Final = 65_536
_LANES: Final = 32
_NEW: Final = 10
"""New connections in a turn, and streams that their clients leave."""
_TURN_SECONDS: Final = 1.0
_SAMPLES: Final = 100
_REMEMBERED: Final = 10_000
"""More than any table remembers of what one stranger can send."""
_KEPT_SEGMENTS: Final = 2


def growth(samples: Sequence[float]) -> float:
    """How much more is held in the last fifth of the samples than in the first fifth after the warm-up; medians."""
    rest = samples[int(len(samples) * WARM) :]
    fifth = max(1, len(rest) // 5)
    if len(rest) < 2 * fifth:
        raise ValueError(f"{len(samples)} samples are too few")
    return median(rest[-fifth:]) - median(rest[:fifth])


def soak(stage: Stage, seconds: float, say: Callable[[str], None]) -> float:
    """Load a gateway for so long; how many MiB it grew after the warm-up. Raises `BenchError` where a call failed."""
    samples: list[float] = []
    with ExitStack() as stack:
        target = _gateway(stage, stack)
        turn = Turn(target, stack)
        turn.fill()
        began = time.monotonic()
        calls, due = 0, 0.0
        while (passed := time.monotonic() - began) < seconds:
            calls += turn.run()
            _forget(stage.folder / "yett" / "ledger")
            if passed >= due:
                due += seconds / _SAMPLES
                samples.append(resident_kib(target.pid) / 1024)
                say(f"{passed:7.0f} s  {calls:9,} calls  {samples[-1]:7.1f} MiB")
            time.sleep(max(0.0, _TURN_SECONDS - (time.monotonic() - began - passed)))
    return growth(samples)


class Turn:
    """A second of everything: calls, large and redacted replies, refusals, strangers, new connections, streams."""

    def __init__(self, target: Target, stack: ExitStack) -> None:
        self._target = target
        self._streams = target._replace(path="/stream/mcp")
        self._lanes = [Lane(target.port) for _ in range(_LANES)]
        for lane in self._lanes:
            stack.callback(lane.close)
        self._usual = [self._request(name) for name in ("echo", "echo", "echo", tool_of(_LARGE), "leak")]

    def fill(self) -> None:
        """Fill the tables of what is remembered of strangers, so that they do not grow later."""
        for _ in range(-(-_REMEMBERED // len(self._lanes))):
            for _ in self._refused():
                continue

    def run(self) -> int:
        """Make the calls of one turn; how many they were."""
        for request in self._usual:
            Volley(self._lanes, request).fire(2 * _LANES)
        made = 2 * _LANES * len(self._usual)
        made += sum(1 for _ in self._refused())
        lanes = [Lane(self._target.port) for _ in range(_NEW)]
        Volley(lanes, self._usual[0]).fire(_NEW)
        for lane in lanes:
            lane.close()
        for stream in opened(self._streams, _NEW):
            stream.close()
        delays(self._streams)
        return made + 2 * _NEW + 1

    def _refused(self) -> Iterator[None]:
        """A tool, an argument and a token that never came before: what is remembered of strangers must be bounded."""
        for lane in self._lanes:
            unknown = secrets.token_hex(8)
            for name, token, arguments in (
                (f"x{unknown}", self._target.token, {}),
                ("echo", self._target.token, {unknown: 1}),
                ("echo", f"yett_{unknown}", {"text": "x"}),
            ):
                content = call.body(arguments, name)
                lane.send(call.request(self._target.port, self._target.path, token, content, name))
                head, body = lane.read()
                if b'"result":' in body and b'"isError":true' not in body:
                    raise BenchError(f"what must be refused was answered: {head[:80]!r} {body[:200]!r}")
                yield

    def _request(self, name: str) -> bytes:
        return call.request(self._target.port, self._target.path, self._target.token, call.sized(300, name), name)


def _gateway(stage: Stage, stack: ExitStack) -> Target:
    tools = [ECHO, *({**ECHO, "name": name} for name in (tool_of(_LARGE), "leak"))]
    leak = text_reply(f"the key is AKIA{'ABCDEFGH' * 2}, keep it")
    replies = {tool_of(_LARGE): reply_of(_LARGE), "leak": leak}
    server = stack.enter_context(stage.server(tools=tools, replies=replies))
    other = stack.enter_context(streamer(stage))
    changes = {
        "servers": {"demo": f"http://127.0.0.1:{server}/mcp", "stream": f"http://127.0.0.1:{other}/mcp"},
        "roles": {"engineer": {"allow": ["demo.*", "stream.*"]}},
    }
    return stack.enter_context(stage.yett(server, changes=changes))


def _forget(ledger: Path) -> None:
    """Remove old segments: an hour of load would fill the disk, and the gateway reads none of them again."""
    for old in sorted(ledger.glob("*.jsonl"))[:-_KEPT_SEGMENTS]:
        old.unlink()
