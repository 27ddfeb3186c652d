"""Rule: a proxy lets everybody send as much and as often as they like."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.proxies.proxy import Nginx
from yett.auditor.rule import Rule


class ProxyWithoutLimits(Rule[Nginx]):
    """`client_max_body_size 0`, and no `limit_req`."""

    id = "proxy-without-limits"
    title = "A proxy limits neither size nor rate"
    severity = Severity.LOW
    cwe = 770
    maps = (
        "ASI08",
        "SAFE-T2102",
    )
    why = "One client can keep the server busy, and one body can take its memory, before anybody is asked who they are."
    fix = "Add `limit_req_zone` and `limit_req`, and a `client_max_body_size` of a few megabytes."

    def check(self, subject: Nginx) -> Iterator[Finding]:
        """One finding for each location."""
        for each in subject.proxied():
            sizes = [found.value for found in each.effective("client_max_body_size")]
            missing = ["the rate"] if not each.effective("limit_req") else []
            missing += ["the size of a body"] if "0" in sizes else []
            if missing and each.server is not None:
                what = f"`{each.path or each.directive.value}` does not limit {' and '.join(missing)}"
                yield self.finding(subject.at(each.directive), what, subject=each.path or each.directive.value)
