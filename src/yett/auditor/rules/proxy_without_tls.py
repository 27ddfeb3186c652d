"""Rule: a proxy serves without TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.proxies.proxy import Caddyfile, Nginx, Proxy
from yett.auditor.rule import Rule

_SAFE: Final = re.compile(r"\bssl\b|\bquic\b|^(?:127\.|\[::1\]|localhost|unix:)")
_PLAIN_SITE: Final = re.compile(r"http://(?!localhost\b|127\.|\[::1\])\S*|:80|\*:80")


class ProxyWithoutTls(Rule[Proxy]):
    """`listen` without `ssl`, and sites of Caddy that are called `http://`."""

    id = "proxy-without-tls"
    title = "A proxy serves a server without TLS"
    severity = Severity.HIGH
    cwe = 319
    maps = (
        "MCP07",
        "AISVS10.3.1",
    )
    why = "Tokens and answers cross the network in clear text, and whoever is on the way can change both."
    fix = "Listen on 443 with a certificate, and let port 80 only redirect. Caddy does both where the site is a name."

    def check(self, subject: Proxy) -> Iterator[Finding]:
        """One finding for each server."""
        if isinstance(subject, Nginx):
            servers = {id(each.server): each.server for each in subject.proxied() if each.server is not None}
            for server in servers.values():
                plain = [listen for listen in server.each("listen") if not _SAFE.search(listen.value)]
                secure = any(
                    "ssl" in listen.arguments or "quic" in listen.arguments for listen in server.each("listen")
                )
                if plain and not secure and "on" not in [each.value for each in server.each("ssl")]:
                    yield self.finding(
                        subject.at(plain[0]), "an MCP server is served without TLS", subject=plain[0].value
                    )
        elif isinstance(subject, Caddyfile):
            for site in subject.sites():
                for address in (site.name, *site.arguments):
                    if _PLAIN_SITE.fullmatch(address.rstrip(",")):
                        what = f"`{address}` is served without TLS"
                        yield self.finding(subject.at(site), what, subject=address)
