"""Rule: a proxy hands on what clients say about themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.proxies.proxy import Nginx
from yett.auditor.rule import Rule

_TOLD: Final = re.compile(
    r"(?i)x-real-ip|x-forwarded-(?:for|user|email|groups|preferred-username)|forwarded|remote-user|x-(?:auth-request-)?(?:user|email|groups|roles?|user-id)|x-client-cert.*|x-ssl-.*"
)
_COPIED: Final = re.compile(r"\$http_\w+")


class ProxyTrustsClientHeaders(Rule[Nginx]):
    """Forwarding and identity headers that are copied from the request."""

    id = "proxy-trusts-client-headers"
    title = "A proxy hands on what clients claim"
    severity = Severity.HIGH
    cwe = 290
    maps = (
        "MCP07",
        "SAFE-T2102",
    )
    why = (
        "Rate limits, logs and sometimes the identity of the caller rest on these headers. Who sends them chooses"
        " what they say."
    )
    fix = (
        "Set them from the connection: `X-Real-IP $remote_addr`, `X-Forwarded-For $remote_addr`; clear identity "
        "headers."
    )

    def check(self, subject: Nginx) -> Iterator[Finding]:
        """One finding for each directive."""
        for each in subject.proxied():
            for found in each.effective("proxy_set_header"):
                if len(found.arguments) > 1 and _TOLD.fullmatch(found.arguments[0]) and _COPIED.search(found.value):
                    what = f"`{found.arguments[0]}` is what the client says"
                    yield self.finding(subject.at(found), what, subject=found.arguments[0])
