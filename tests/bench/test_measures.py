from __future__ import annotations

import json

import pytest
from yardstick.measures import MEASURES, latency, scale, sizes, streams
from yardstick.programs import BenchError, missing, program
from yardstick.streamer import chunk, progress


def test_added_latency_is_what_lies_above_the_direct_call() -> None:
    row = latency.added(50, {"direct": 50.0, "nginx": 80.0, "yett": 110.0}, 2.0)
    assert (row.ratio, row.met) == (2.0, True)


def test_a_machine_on_which_nginx_adds_nothing_measures_nothing() -> None:
    with pytest.raises(BenchError, match="too busy"):
        latency.added(99, {"direct": 80.0, "nginx": 80.0, "yett": 110.0}, 3.0)


def test_a_percentile_of_blocks_is_not_moved_by_one_disturbed_block() -> None:
    assert latency.at(50, [[1e-6], [900e-6], [2e-6]]) == pytest.approx(2.0)


def test_growth_compares_cost_with_work() -> None:
    rows = list(sizes.growth("reply", {"1 KB": 10.0, "64 KB": 640.0, "1 MB": 20_480.0}))
    assert [(row.ratio, row.met) for row in rows] == [(1.0, True), (2.0, False)]


def test_replies_have_about_the_size_they_are_named_for() -> None:
    for size in (1_024, 65_536, 1_048_576):
        assert len(sizes.reply_of(size)) == pytest.approx(size, rel=0.03)
        assert json.loads(sizes.reply_of(size))["result"]["isError"] is False


def test_the_large_policy_and_catalogue_are_as_large_as_they_are_called() -> None:
    assert len(scale.roles()["engineer"]["allow"]) == 1_000
    assert len({tool["name"] for tool in scale.tools()}) == 5_000


def test_an_event_says_when_it_was_sent() -> None:
    event = chunk(progress(3))
    size, _, rest = event.partition(b"\r\n")
    assert int(size, 16) == len(rest) - 2
    assert len(streams.SENT.findall(event)) == 1


def test_what_is_missing_is_said_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert [text.partition(":")[0] for text in missing("nginx", "wrk")] == [
        "`nginx` is not installed (the yardstick; Debian and Ubuntu",
        "`wrk` is not installed (the load; Debian and Ubuntu",
    ]
    assert "`apt-get install wrk`" in missing("wrk")[0]
    with pytest.raises(BenchError, match="`taskset` is not installed"):
        program("taskset")


def test_every_measure_says_what_it_is() -> None:
    assert [name for name, measure in MEASURES.items() if not measure.__doc__] == []
