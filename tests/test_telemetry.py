from __future__ import annotations

import json
import logging

from yett import telemetry
from yett.telemetry import Counter, Durations, Gauge, Line


def rendered(message: str, **extra: object) -> str:
    record = logging.LogRecord("yett", logging.INFO, "f", 1, message, (), None)
    record.created = 0.5
    record.__dict__.update(extra)
    return Line().format(record)


def test_an_event_is_one_ascii_line_whatever_its_fields_hold() -> None:
    line = rendered("exchange.denied", fields={"tool": "a\n\x1b[31m\u2028é", "count": 2})
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line) == {
        "at": "1970-01-01T00:00:00.500Z",
        "level": "info",
        "event": "exchange.denied",
        "tool": "a\n\x1b[31m\u2028é",
        "count": 2,
    }


def test_a_foreign_record_is_wrapped_and_bounded() -> None:
    line = json.loads(rendered("x" * 5_000))
    assert (line["event"], line["logger"], len(line["message"])) == ("log", "yett", 2_000)


def test_an_exception_is_named_by_its_type_and_its_text_is_not_shown() -> None:
    record = logging.LogRecord("yett", logging.ERROR, "f", 1, "m", (), None)
    record.exc_info = (ValueError, ValueError("hunter2"), None)
    line = Line().format(record)
    assert json.loads(line)["error"] == "ValueError"
    assert "hunter2" not in line


def test_a_counter_adds_up_per_label_set() -> None:
    counter = Counter("c", "doc", ("server",))
    counter.add("a")
    counter.add("a", amount=2)
    counter.add("b")
    assert counter.series() == {("a",): 3, ("b",): 1}


def test_a_counter_cannot_be_grown_without_bound() -> None:
    counter = Counter("c", "doc", ("who",))
    for number in range(10_050):
        counter.add(str(number))
    assert len(counter.series()) == 10_001
    assert counter.series()["other",] == 50


def test_a_gauge_forgets_what_is_no_more() -> None:
    gauge = Gauge("g", "doc", ("config",))
    gauge.set("old", value=1)
    gauge.forget("old")
    gauge.forget("never seen")
    gauge.set("new", value=1)
    assert gauge.series() == {("new",): 1}


def test_durations_are_cumulative_and_the_last_bucket_holds_all() -> None:
    durations = Durations("d", "doc", ("method",))
    for seconds in (0.01, 0.015, 1000.0):
        durations.observe("ping", seconds=seconds)
    [(labels, buckets, total)] = list(durations.series())
    assert labels == ("ping",)
    assert (buckets[0], buckets[1], buckets[-1]) == (("0.01", 1.0), ("0.02", 2.0), ("+Inf", 3.0))
    assert total == 1000.025


def test_the_exposition_is_prometheus_text() -> None:
    telemetry.DECISIONS.add("demo", "denied", "access.not-granted")
    telemetry.OPERATIONS.observe("demo", "tools/call", "allowed", seconds=0.003)
    text = telemetry.exposition().decode()
    assert 'yett_decisions_total{decision="denied",reason="access.not-granted",server="demo"}' in text
    assert 'mcp_server_operation_duration_seconds_bucket{le="0.01",mcp_method_name="tools/call"' in text
