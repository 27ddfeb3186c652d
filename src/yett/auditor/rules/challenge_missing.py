"""Rule: a refusal does not say how to sign in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule

UNAUTHORIZED: Final = 401
FOUND: Final = 200


class ChallengeMissing(Rule[Endpoint]):
    """401 without `WWW-Authenticate`, or without the address of the metadata."""

    id = "challenge-missing"
    title = "A refusal does not say how to sign in"
    severity = Severity.MEDIUM
    cwe = 287
    maps = ("MCP07",)
    why = (
        "Clients cannot find out where to get a token for this server, and people help themselves with tokens "
        "that live for ever, in config files. RFC 9728 and MCP demand the answer."
    )
    fix = (
        "Answer 401 with `WWW-Authenticate: Bearer "
        'resource_metadata="https://HOST/.well-known/oauth-protected-resource/PATH"`.'
    )

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding."""
        seen = subject.seen("anonymous")
        if seen.get("status") != UNAUTHORIZED:
            return
        challenge = (
            str(seen.get("headers", {}).get("www-authenticate", "")) if isinstance(seen.get("headers"), dict) else ""
        )
        # A gateway with tokens of its own has no authorization server to name: a bare scheme is all it can say.
        served = subject.seen("metadata").get("status") == FOUND
        if not challenge:
            yield self.finding(subject.at("anonymous"), "401 without `WWW-Authenticate`", subject="challenge")
        elif served and "resource_metadata=" not in challenge:
            what = "the challenge does not name the metadata that the server has"
            yield self.finding(subject.at("anonymous"), what, subject="challenge", severity=Severity.LOW)
