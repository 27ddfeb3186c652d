"""Rule: a remote server is reached without TLS."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.clients.command import remote_plain_urls
from yett.auditor.clients.launch import Launches
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class ServerOverPlainHttp(Rule[Launches]):
    """`http://` to another machine, as the server's URL or as the argument of a bridge (`mcp-remote`)."""

    id = "server-over-plain-http"
    title = "A remote server is reached over plain HTTP"
    severity = Severity.HIGH
    cwe = 319
    maps = ("MCP07", "AISVS10.3.1")
    why = (
        "Everybody on the way reads the credentials and the data, and can answer in the server's place: also with tool "
        "descriptions of their own, which the model follows."
    )
    fix = "Use `https://`; for a server on this machine use a loopback address."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each server."""
        for launch in subject.launches:
            for part, host in remote_plain_urls((*((launch.url,) if launch.url else ()), *launch.parts)):
                yield self.finding(
                    subject.spot(part.span),
                    f"server `{launch.name}` at `{host}` is reached over plain HTTP",
                    subject=f"{launch.name}.{host}",
                )
                break
