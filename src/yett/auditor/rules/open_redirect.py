"""Rule: a caller chooses where a browser is sent."""

from __future__ import annotations

from yett.auditor.analysis.sinks import REDIRECT
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class OpenRedirect(Reached):
    """Redirects whose host a request sets."""

    id = "open-redirect"
    title = "A caller chooses where a browser is sent"
    severity = Severity.MEDIUM
    cwe = 601
    maps = ("MCP07",)
    kinds = frozenset((REDIRECT,))
    does = "decides where a browser is sent by"
    why = (
        "A link to the server's own address leads to another's page, with the trust of the first; in a sign-in, with "
        "its code or token in the URL."
    )
    fix = "Compare the target exactly with the addresses that were registered, or take only paths of your own."
