"""Rule: a proxy does not check whom it hands requests to."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Finding, Severity
from yett.auditor.proxies.proxy import Nginx, Proxy
from yett.auditor.rule import Rule


class ProxySkipsVerification(Rule[Proxy]):
    """`proxy_ssl_verify off` with https, and `tls_insecure_skip_verify`."""

    id = "proxy-skips-verification"
    title = "A proxy does not verify the server behind it"
    severity = Severity.MEDIUM
    cwe = 295
    maps = ("AISVS10.3.1",)
    why = (
        "Whoever takes the place of the server in the network gets the requests with their credentials. nginx "
        "verifies nothing unless it is told to."
    )
    fix = (
        "Write `proxy_ssl_verify on;` with `proxy_ssl_trusted_certificate`, or name the CA in Caddy (`tls_trust_pool`)."
    )

    def check(self, subject: Proxy) -> Iterator[Finding]:
        """One finding for each place."""
        if isinstance(subject, Nginx):
            for each in subject.proxied():
                verifies = any(found.value == "on" for found in each.effective("proxy_ssl_verify"))
                if each.directive.value.startswith("https://") and not verifies:
                    what = f"the certificate of `{each.directive.value}` is not checked"
                    yield self.finding(subject.at(each.directive), what, subject=each.directive.value)
            return
        for directive in subject.root.walk():
            if directive.name == "tls_insecure_skip_verify":
                yield self.finding(
                    subject.at(directive), "the certificate of the server is not checked", subject=directive.name
                )
