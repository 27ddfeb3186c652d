"""Rule: a proxy holds back what a server streams."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.proxies.proxy import Nginx
from yett.auditor.rule import Rule


class ProxyBuffersStream(Rule[Nginx]):
    """`proxy_buffering` where an MCP server is proxied."""

    id = "proxy-buffers-stream"
    title = "A proxy holds back what a server streams"
    severity = Severity.LOW
    cwe = 440
    maps = ("ASI08",)
    why = (
        "Progress, questions and results of a running call arrive when the buffer is full or the call is over; "
        "long calls end at the time-out."
    )
    fix = "Write `proxy_buffering off;` and `proxy_read_timeout 3600s;` in the location."

    def check(self, subject: Nginx) -> Iterator[Finding]:
        """One finding for each location."""
        for each in subject.proxied():
            if not any(found.value == "off" for found in each.effective("proxy_buffering")):
                what = f"`{each.path or each.directive.value}` is buffered"
                yield self.finding(subject.at(each.directive), what, subject=each.path or each.directive.value)
