"""Logs and metrics: events with fields, written once, at the edge. The only importer of `prometheus_client`.

Counting on the hot path is one dictionary update; the client library is asked only when somebody scrapes.
"""

from __future__ import annotations

import json
import logging
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

_LOGGER: Final = logging.getLogger("yett")

BUCKETS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds; the boundaries that OpenTelemetry's MCP conventions give for `mcp.server.operation.duration`."""

_SERIES: Final = 10_000
"""Label sets a metric may hold; what comes later is counted under `other`, so that no stranger can grow the table."""


def event(name: str, /, *, level: int = logging.INFO, **fields: Any) -> None:
    """Log one event. `name` is `part.what`; fields are short values, never secrets, never message contents."""
    if _LOGGER.isEnabledFor(level):
        _LOGGER.log(level, name, extra={"fields": fields})


def warning(name: str, /, **fields: Any) -> None:
    """Log an event that somebody should look at."""
    event(name, level=logging.WARNING, **fields)


class Line(logging.Formatter):
    """One ASCII JSON object per line: no user-controlled byte can start a second one."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record; foreign loggers' messages go under `message`, exceptions by type only."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"at": at.replace("+00:00", "Z"), "level": record.levelname.lower()}
        fields = getattr(record, "fields", None)
        if fields is None:
            line |= {"event": "log", "logger": record.name, "message": record.getMessage()[:2_000]}
        else:
            line |= {"event": record.getMessage(), **fields}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, default=str)


class Counter:
    """A number per label set that only grows."""

    __slots__ = ("_values", "documentation", "labels", "name")

    def __init__(self, name: str, documentation: str, labels: tuple[str, ...] = ()) -> None:
        self.name = name
        self.documentation = documentation
        self.labels = labels
        self._values: dict[tuple[str, ...], float] = {}

    def add(self, *labels: str, amount: float = 1) -> None:
        """Add to the series of these label values (in the order of `labels`)."""
        values = self._values
        if labels in values:
            values[labels] += amount
        elif len(values) < _SERIES:
            values[labels] = amount
        else:
            other = ("other",) * len(labels)
            values[other] = values.get(other, 0) + amount

    def series(self) -> Mapping[tuple[str, ...], float]:
        """The current numbers by label values."""
        return self._values


class Gauge(Counter):
    """A number per label set that goes up and down."""

    __slots__ = ()

    def set(self, *labels: str, value: float) -> None:
        """Replace the number of one series."""
        if labels in self._values or len(self._values) < _SERIES:
            self._values[labels] = value

    def forget(self, *labels: str) -> None:
        """Drop one series: what it was about is no more."""
        self._values.pop(labels, None)


class Durations:
    """A histogram of seconds per label set, over `BUCKETS`."""

    __slots__ = ("_series", "documentation", "labels", "name")

    def __init__(self, name: str, documentation: str, labels: tuple[str, ...]) -> None:
        self.name = name
        self.documentation = documentation
        self.labels = labels
        self._series: dict[tuple[str, ...], list[float]] = {}

    def observe(self, *labels: str, seconds: float) -> None:
        """Count one duration."""
        row = self._series.get(labels)
        if row is None:
            if len(self._series) >= _SERIES:
                labels = ("other",) * len(labels)
            row = self._series.setdefault(labels, [0.0] * (len(BUCKETS) + 2))
        row[bisect_left(BUCKETS, seconds)] += 1
        row[-1] += seconds

    def series(self) -> Iterator[tuple[tuple[str, ...], list[tuple[str, float]], float]]:
        """Label values, cumulative buckets and the sum, as Prometheus wants them."""
        for labels, row in self._series.items():
            total = 0.0
            buckets = []
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), row[:-1], strict=True):
                total += count
                buckets.append((bound, total))
            yield labels, buckets, row[-1]


DECISIONS: Final = Counter(
    "yett_decisions", "Messages judged, by outcome and reason code.", ("server", "decision", "reason")
)
OPERATIONS: Final = Durations(
    "mcp_server_operation_duration_seconds",
    "Time from the first byte of a client message to the end of its answer.",
    ("server", "mcp_method_name", "outcome"),
)
REJECTED: Final = Counter("yett_http_rejected", "Requests that were not HTTP as we accept it, by status.", ("status",))
REDACTIONS: Final = Counter("yett_redactions", "Replies from which secrets were removed.", ("server",))
DROPPED: Final = Counter("yett_messages_dropped", "Server messages that were not passed on.", ("server", "reason"))
UPSTREAM_UP: Final = Gauge("yett_upstream_up", "1 while the server answered when it was last asked.", ("server",))
TOOLS: Final = Gauge("yett_catalogue_tools", "Tools in the catalogue.", ("server",))
LEDGER_HEALTHY: Final = Gauge("yett_ledger_healthy", "1 while records can be kept.")
RELOADS: Final = Counter("yett_config_reloads", "Reloads of the configuration, by result.", ("result",))
RELOAD_OK: Final = Gauge("yett_config_last_reload_success", "1 when the last reload was applied.")
SECRET_READS: Final = Counter("yett_secret_reads", "Secrets read from their stores, by result.", ("store", "result"))
BUILD: Final = Gauge("yett_build_info", "The running version and configuration.", ("version", "config"))
OPEN: Final = Gauge("yett_open", "What is open now: exchanges, streams, sessions, connections.", ("what",))

COUNTERS: Final = (DECISIONS, REJECTED, REDACTIONS, DROPPED, RELOADS, SECRET_READS)
GAUGES: Final = (UPSTREAM_UP, TOOLS, LEDGER_HEALTHY, RELOAD_OK, BUILD, OPEN)


class _Exposition:
    """The numbers above in the shape the client library collects."""

    def collect(self) -> Iterable[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        for counter in COUNTERS:
            family = CounterMetricFamily(counter.name, counter.documentation, labels=counter.labels)
            for labels, value in counter.series().items():
                family.add_metric(labels, value)
            yield family
        for gauge in GAUGES:
            levels = GaugeMetricFamily(gauge.name, gauge.documentation, labels=gauge.labels)
            for labels, value in gauge.series().items():
                levels.add_metric(labels, value)
            yield levels
        histogram = HistogramMetricFamily(OPERATIONS.name, OPERATIONS.documentation, labels=OPERATIONS.labels)
        for labels, buckets, total in OPERATIONS.series():
            histogram.add_metric(labels, buckets, total)
        yield histogram


def exposition() -> bytes:
    """All metrics in the Prometheus text format."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    registry.register(_Exposition())
    return generate_latest(registry)
