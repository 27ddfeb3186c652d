from __future__ import annotations

import pytest
from yardstick import callgrind
from yardstick.programs import BenchError

DUMP = "# callgrind format\npid: 7\nevents: Ir\nsummary: 99\n\nfn=(1) main\n3 40\n\ntotals: 654060684\n"


def test_the_total_of_a_dump_is_read() -> None:
    assert callgrind.total(DUMP) == 654_060_684


def test_a_dump_without_a_total_is_an_error() -> None:
    with pytest.raises(BenchError, match="no total"):
        callgrind.total(DUMP.replace("totals", "total"))
