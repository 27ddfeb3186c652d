"""Rule: a proxy hides which host was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.proxies.proxy import Nginx
from yett.auditor.rule import Rule


class ProxyHidesHost(Rule[Nginx]):
    """`proxy_set_header Host` where an MCP server is proxied."""

    id = "proxy-hides-host"
    title = "A proxy hides which host was asked for"
    severity = Severity.LOW
    cwe = 346
    maps = ("AISVS10.3.3",)
    why = (
        "The server sees the name of the upstream in every request: its own check of `Host` and `Origin` compares"
        " nothing, and the addresses it publishes are wrong."
    )
    fix = "Write `proxy_set_header Host $host;`, and check the names with `server_name`."

    def check(self, subject: Nginx) -> Iterator[Finding]:
        """One finding for each location."""
        for each in subject.proxied():
            names = [found.arguments[0].lower() for found in each.effective("proxy_set_header") if found.arguments]
            if "host" not in names and "include" not in [below.name for block in each.around for below in block.block]:
                what = f"`{each.path or each.directive.value}` passes the name of the upstream on as `Host`"
                yield self.finding(subject.at(each.directive), what, subject=each.path or each.directive.value)
