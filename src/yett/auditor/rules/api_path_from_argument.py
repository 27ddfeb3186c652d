"""Rule: an argument can change the path of a request."""

from __future__ import annotations

from yett.auditor.analysis.sinks import API_PATH
from yett.auditor.finding import Confidence, Severity
from yett.auditor.rules._reached import Reached


class ApiPathFromArgument(Reached):
    """Only where the URL is put together at the request itself."""

    id = "api-path-from-argument"
    title = "An argument can change the path of a request"
    severity = Severity.LOW
    cwe = 22
    maps = ("MCP05",)
    kinds = frozenset((API_PATH,))
    does = "stands unescaped in the path of a request in"
    surest = Confidence.MEDIUM
    why = (
        "The host is fixed, the path is not: `../admin`, `%2e%2e`, `?` or `#` in the value lead to another operation "
        "of the same service, with the server's credentials."
    )
    fix = 'Escape each value as one segment: `quote(value, safe="")`, `encodeURIComponent(value)`; or check its form.'
