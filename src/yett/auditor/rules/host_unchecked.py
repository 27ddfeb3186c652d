"""Rule: a request for any host name is answered."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.clients.command import host_of, is_local
from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class HostUnchecked(Rule[Endpoint]):
    """A foreign `Host`, where DNS rebinding matters: on this machine and over plain HTTP."""

    id = "host-unchecked"
    title = "A request for any host name is answered"
    severity = Severity.HIGH
    cwe = 350
    maps = (
        "AISVS10.3.3",
        "MCP07",
    )
    why = (
        "A web page can have its own name point to this address (DNS rebinding): the browser then takes the "
        "server for the page's own, and lets it read the answers."
    )
    fix = "Refuse a `Host` that is not one of the names of the server with 421."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding."""
        local = is_local(host_of(subject.url)) or subject.url.startswith("http://")
        if local and subject.listed("foreign-host"):
            yield self.finding(subject.at("foreign-host"), "a request for a foreign `Host` is answered", subject="host")
