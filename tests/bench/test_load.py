from __future__ import annotations

from pathlib import Path

import pytest
from yardstick import load
from yardstick.load import Sample, Summary
from yardstick.programs import BenchError

OUTPUT = """Running 1s test @ http://127.0.0.1:1/
YARDSTICK {"requests": 1000, "bytes": 400000, "microseconds": 1000000, "errors": 0, "p50": 900.0, "p99": 1200.5}
"""


def summary(requests: int = 1_000, size: int = 400_000, errors: int = 0) -> Summary:
    return Summary(requests=requests, bytes=size, microseconds=1_000_000, errors=errors, p50=1.0, p99=2.0)


def test_the_summary_of_a_run_is_read() -> None:
    assert load.summary_of(OUTPUT) == Summary(1_000, 400_000, 1_000_000, 0, 900.0, 1200.5)


def test_a_run_that_broke_off_is_an_error() -> None:
    with pytest.raises(BenchError, match="did not finish: unable to connect"):
        load.summary_of("unable to connect to 127.0.0.1:1 Connection refused")


def test_answers_of_the_checked_size_pass_and_so_do_those_cut_off_at_the_end() -> None:
    load.check_summary(summary(), 400, 32)
    load.check_summary(summary(size=400_000 + 31 * 400), 400, 32)


@pytest.mark.parametrize(
    "bad",
    [
        summary(errors=1),
        summary(requests=0, size=0),
        summary(size=350_000),  # a few refusals among the answers
        summary(size=450_000),
    ],
)
def test_a_run_with_failures_or_other_answers_is_no_measurement(bad: Summary) -> None:
    with pytest.raises(BenchError):
        load.check_summary(bad, 400, 32)


def test_the_script_quotes_what_it_is_given() -> None:
    text = load.script(Path("/tmp/b"), {"X-Quote": 'a "b"'})
    assert 'wrk.headers["X-Quote"] = "a \\"b\\""' in text
    assert 'wrk.body = read("/tmp/b")' in text
    assert '"requests": %d' in text


def test_rounds_become_the_median_of_each_figure() -> None:
    several = [Sample(1.0, 10.0, 5.0, 9.0), Sample(3.0, 30.0, 1.0, 8.0), Sample(2.0, 20.0, 3.0, 100.0)]
    assert load.middle(several) == Sample(2.0, 20.0, 3.0, 9.0)
