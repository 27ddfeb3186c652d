"""Rule: a proxy lets every web page read answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.proxies.proxy import Nginx, Proxy
from yett.auditor.rule import Rule

_ALLOWS: Final = re.compile(
    r"(?i)^(?:add_header|more_set_headers|header)\b.*\+?access-control-allow-origin[\s:]+(?:\*|\$http_origin|\{(?:http\.request\.)?header\.origin\})"
)


class ProxyAllowsAnyOrigin(Rule[Proxy]):
    """`Access-Control-Allow-Origin` with `*` or the origin of the request."""

    id = "proxy-allows-any-origin"
    title = "A proxy lets every web page read the answers"
    severity = Severity.HIGH
    cwe = 942
    maps = (
        "MCP07",
        "MCP10",
        "AISVS10.3.3",
    )
    why = (
        "Any page that a user visits can call the server from their browser, with what the browser sends along, "
        "and read what it answers."
    )
    fix = "Name the origins that you know, one by one."

    def check(self, subject: Proxy) -> Iterator[Finding]:
        """One finding for each directive; in files of nginx where an MCP server is proxied."""
        if isinstance(subject, Nginx) and not any(True for _ in subject.proxied()):
            return
        for directive in subject.root.walk():
            if _ALLOWS.search(f"{directive.name} {directive.value}"):
                yield self.finding(
                    subject.at(directive), "every web page may read the answers", subject=directive.value
                )
