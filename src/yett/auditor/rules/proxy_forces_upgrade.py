"""Rule: a proxy asks for an upgrade in every request."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.proxies.proxy import Nginx
from yett.auditor.rule import Rule


class ProxyForcesUpgrade(Rule[Nginx]):
    """`Connection "upgrade"` without a `map`."""

    id = "proxy-forces-upgrade"
    title = "A proxy asks for an upgrade in every request"
    severity = Severity.LOW
    cwe = 444
    maps = ()
    why = (
        "Connections to the server are not used again, and a server that upgrades (to WebSocket or h2c) is handed"
        " a tunnel past the checks of the proxy. MCP needs no upgrade."
    )
    fix = 'Write `proxy_set_header Connection "";` and `proxy_http_version 1.1;`.'

    def check(self, subject: Nginx) -> Iterator[Finding]:
        """One finding for each location."""
        for each in subject.proxied():
            for found in each.effective("proxy_set_header"):
                if [word.lower() for word in found.arguments] == ["connection", "upgrade"]:
                    what = f"`{each.path or each.directive.value}` asks for an upgrade in every request"
                    yield self.finding(subject.at(found), what, subject=each.path or each.directive.value)
