"""Rule: a limit of the gateway limits nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.documents.document import get, pairs
from yett.auditor.finding import Finding, Severity
from yett.auditor.gateways.gateway import Gateway
from yett.auditor.rule import Rule
from yett.config.node import Map, Scalar

_RATE: Final = re.compile(r"([0-9]{1,12})/(s|min|h|d)")
_SECONDS: Final = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}
_MOST: Final = 1_000
"""Calls of one user in a second: a hundred times what the busiest agent that we measured makes."""
_NUMBERS: Final = {"concurrency": 10_000, "sessions": 500_000, "processes": 5_000}


def _beyond(name: str, given: str) -> bool:
    if name in {"user", "tool"} and (found := _RATE.fullmatch(given)):
        return int(found[1]) / _SECONDS[found[2]] > _MOST
    return name in _NUMBERS and given.isdigit() and int(given) >= _NUMBERS[name]


class GatewayLimitsOff(Rule[Gateway]):
    """Rates, concurrency, sizes and times beyond what any use needs."""

    id = "gateway-limits-off"
    title = "A limit of the gateway limits nothing"
    severity = Severity.LOW
    cwe = 770
    maps = (
        "ASI08",
        "SAFE-T2102",
    )
    why = (
        "The limits cannot be switched off, so they are set to what is never reached. One caller, or one loop of "
        "a model, can then take the whole gateway."
    )
    fix = "Set what one user needs at most; the defaults are a good beginning."

    def check(self, subject: Gateway) -> Iterator[Finding]:
        """One finding for each limit."""
        for name, span, node in pairs(get(subject.root, "limits")):
            rate = get(node, "rate") if isinstance(node, Map) else node
            given = str(rate.value) if isinstance(rate, Scalar) else ""
            if _beyond(name, given):
                yield self.finding(subject.spot(span), f"`limits.{name}: {given}` limits nothing", subject=name)
