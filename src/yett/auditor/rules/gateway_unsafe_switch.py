"""Rule: a protection of the gateway is switched off."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.documents.document import get, texts, truth
from yett.auditor.finding import Finding, Severity
from yett.auditor.gateways.gateway import Gateway
from yett.auditor.rule import Rule
from yett.config.node import walk


class GatewayUnsafeSwitch(Rule[Gateway]):
    """Every key that begins with `unsafe_` and is on, and `protect: [unsafe_nothing]`."""

    id = "gateway-unsafe-switch"
    title = "A protection of the gateway is switched off"
    severity = Severity.HIGH
    cwe = 693
    maps = (
        "MCP07",
        "ASI03",
    )
    why = (
        "The switch is named for what it does: it opens what the gateway keeps shut unless it is told otherwise. "
        "Left over from a trial, it opens it for everybody."
    )
    fix = "Remove it. Where it is needed, write beside it why, and until when."

    def check(self, subject: Gateway) -> Iterator[Finding]:
        """One finding for each switch."""
        for path, span, node in walk(subject.root):
            key = path[-1]
            if isinstance(key, str) and key.startswith("unsafe_") and truth(node) is True:
                what = f"`{'.'.join(map(str, path))}` is on"
                yield self.finding(subject.spot(span), what, subject=".".join(map(str, path)))
        for item in texts(get(subject.root, "protect")):
            if item.value == "unsafe_nothing":
                what = "credentials in replies are let through: `protect: [unsafe_nothing]`"
                yield self.finding(subject.spot(item.span), what, subject="protect", severity=Severity.MEDIUM)
