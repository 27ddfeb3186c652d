"""Rule: a URL is compared with a prefix that does not end the host."""

from __future__ import annotations

from yett.auditor.analysis.sinks import URL_PREFIX
from yett.auditor.finding import Confidence, Severity
from yett.auditor.rules._reached import Reached


class UrlPrefixWithoutSlash(Reached):
    """A URL that must start with a scheme and host without a slash behind."""

    id = "url-prefix-without-slash"
    title = "A URL is compared with a prefix that does not end the host"
    severity = Severity.MEDIUM
    cwe = 918
    maps = ("ASI02",)
    kinds = frozenset((URL_PREFIX,))
    does = "is guarded only by a prefix that does not end the host in"
    surest = Confidence.MEDIUM
    why = (
        "`https://good.example.attacker.org` and `https://good.example@attacker.org` start with `https://good.example`."
    )
    fix = "Parse the URL and compare its host exactly, or end the prefix with a slash."
