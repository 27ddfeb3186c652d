from __future__ import annotations

import json
import sys
from pathlib import Path

from yardstick.traced import Count


def inner(values: list[int]) -> int:
    return sum(values)


def test_calls_and_instructions_are_counted_by_function_until_it_is_told_to_end(tmp_path: Path) -> None:
    before = sys.gettrace()
    count = Count(tmp_path / "counts.json")
    try:
        count.toggle()
        for _ in range(3):
            inner([1, 2])
        count.toggle()
        inner([3])
    finally:
        sys.settrace(before)
    rows = {name.rpartition(" ")[2]: (times, instructions) for name, times, instructions in read(tmp_path)}
    times, instructions = rows["inner"]
    assert times == 3
    assert instructions > 9
    assert instructions % 3 == 0


def read(folder: Path) -> list[tuple[str, int, int]]:
    rows: list[tuple[str, int, int]] = json.loads((folder / "counts.json").read_text("utf-8"))
    return rows
