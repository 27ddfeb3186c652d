"""Rule: an HTTP server does not check whom it is called as."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.analysis.program import Program, spot_of
from yett.auditor.analysis.values import NOTHING
from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule

HTTP_RUNS = frozenset(("run_http_async", "run_sse_async", "run_streamable_http_async"))
TRANSPORTS = frozenset(("http", "sse", "streamable-http"))
SCRIPT_TRANSPORTS = frozenset(
    ("StreamableHTTPServerTransport", "SSEServerTransport", "NodeStreamableHTTPServerTransport")
)
SETTINGS = ("middleware", "transport_security", "allowedHosts", "allowedOrigins", "enableDnsRebindingProtection")
MENTIONS = ("headers.origin", "headers.host", "hostHeaderValidation", "localhostHostValidation", "createMcpExpressApp")


class HostHeaderUnchecked(Rule[Program]):
    """HTTP transports without settings or a middleware that name hosts, in a program that looks at neither header."""

    id = "host-header-unchecked"
    title = "An HTTP server does not check whom it is called as"
    severity = Severity.MEDIUM
    cwe = 346
    maps = ("AISVS10.3.3", "MCP07")
    why = (
        "Without a check of the Host header, any web page can rebind its name to this machine and call the server's "
        "tools through the user's browser, past every firewall."
    )
    fix = (
        "Add `TrustedHostMiddleware` with the names that are yours, or the transport security settings of the SDK; "
        "refuse foreign Origins with 403."
    )

    def check(self, subject: Program) -> Iterator[Finding]:
        """In the order of the calls."""
        looks = subject.mentions(MENTIONS)
        for site in subject.sites:
            transport = site.option("transport").text or (site.argument(0).text if site.method == "run" else "")
            over_http = site.method in HTTP_RUNS or (site.method == "run" and transport in TRANSPORTS)
            served = over_http and any(path.startswith("fastmcp.") for path in site.paths)
            made = site.node.new and site.method in SCRIPT_TRANSPORTS and not looks
            named = any(site.option(name) is not NOTHING for name in SETTINGS)
            if (served or made) and not named:
                yield self.finding(
                    subject.place(spot_of(site)),
                    f"`{site.method}` serves HTTP, and nothing names the hosts that it may be called as",
                    subject=f"{site.function.qualified} {site.method}",
                    confidence=Confidence.MEDIUM,
                )
