"""Rule: a page is put together with text of the request."""

from __future__ import annotations

from yett.auditor.analysis.sinks import MARKUP
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class MarkupFromRequest(Reached):
    """HTML with a value of the request inside."""

    id = "markup-from-request"
    title = "A page is put together with text of the request"
    severity = Severity.MEDIUM
    cwe = 79
    maps = ("MCP07",)
    kinds = frozenset((MARKUP,))
    does = "stands unescaped in a page that is answered by"
    why = (
        "Pages of a sign-in or a callback show what came in the URL. `<script>` in it runs in the page's origin, "
        "beside tokens and the server's own address, whenever somebody follows a link."
    )
    fix = (
        "Escape every value: `html.escape(value)`, a template engine with escaping on, `textContent` in the browser. "
        "Send a Content-Security-Policy."
    )
