"""The gateway, counting the bytecode instructions of each of its functions: `python -m yardstick.traced FILE run ...`.

SIGUSR2 begins to count; a second one writes the counts to FILE, as JSON, and ends it. While it counts, the gateway is a
hundred times slower. Native code does not count.
"""

from __future__ import annotations

import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType
from typing import Any


class Count:
    """Instructions and calls by function, since it began."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._instructions: Counter[CodeType] = Counter()
        self._calls: Counter[CodeType] = Counter()
        self._counting = False

    def toggle(self, *_: object) -> None:
        """Begin, or end and write."""
        self._counting = not self._counting
        sys.settrace(self._entered if self._counting else None)
        if not self._counting:
            rows = [[_name(code), self._calls[code], count] for code, count in self._instructions.most_common()]
            beside = self._file.with_suffix(".part")
            beside.write_text(json.dumps(rows), "utf-8")
            beside.rename(self._file)

    def _entered(self, frame: FrameType, _event: str, _arg: object) -> Any:
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        self._calls[frame.f_code] += 1
        return self._went_on

    def _went_on(self, frame: FrameType, event: str, _arg: object) -> Any:
        if event == "opcode":
            self._instructions[frame.f_code] += 1
        return self._went_on


def _name(code: CodeType) -> str:
    """`yett/wire/head.py:41 parse`, whatever the folder."""
    path = Path(code.co_filename)
    known = [part for part in ("src", "site-packages", "lib") if part in path.parts]
    if known:
        path = Path(*path.parts[len(path.parts) - path.parts[::-1].index(known[0]) :])
    return f"{path}:{code.co_firstlineno} {code.co_qualname}"


def main() -> None:
    """Run the gateway."""
    count = Count(Path(sys.argv[1]))
    signal.signal(signal.SIGUSR2, count.toggle)
    sys.argv = ["yett", *sys.argv[2:]]
    from yett.cli.main import main as gateway

    gateway()


if __name__ == "__main__":
    main()
