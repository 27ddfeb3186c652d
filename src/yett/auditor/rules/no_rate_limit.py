"""Rule: nobody limits how often a server is asked."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule


class NoRateLimit(Rule[Endpoint]):
    """A burst of lists (`--burst N`), up to the first refusal."""

    id = "no-rate-limit"
    title = "Nobody limits how often a server is asked"
    severity = Severity.MEDIUM
    cwe = 770
    maps = (
        "ASI08",
        "SAFE-T2102",
    )
    why = (
        "One caller, or one loop of a model, can keep the server busy for everybody, and guess tokens as fast as "
        "the network carries them."
    )
    fix = "Limit calls for each user and for each address, and answer 429 with `Retry-After`."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding, when a burst was asked for and all of it was answered."""
        seen = subject.seen("burst")
        if seen.get("sent") and seen.get("limited") is False and not seen.get("status"):
            what = f"{seen['sent']} requests in a row were answered without a limit"
            yield self.finding(subject.at("burst"), what, subject="burst", confidence=Confidence.MEDIUM)
