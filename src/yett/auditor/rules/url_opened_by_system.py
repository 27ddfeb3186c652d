"""Rule: the system opens a URL that another server sent."""

from __future__ import annotations

from yett.auditor.analysis.sinks import OPEN_URL
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class UrlOpenedBySystem(Reached):
    """Openers of URLs, and the sign-in callbacks of an MCP client."""

    id = "url-opened-by-system"
    title = "The system opens a URL that another server sent"
    severity = Severity.HIGH
    cwe = 78
    maps = ("MCP04", "MCP05")
    kinds = frozenset((OPEN_URL,))
    does = "is opened by the operating system through"
    why = (
        "The system's opener takes more than web pages: `file:`, `ms-msdt:`, paths of programs; on some systems it "
        "goes through a shell. A malicious server sends such a text where an authorization URL is expected."
    )
    fix = "Parse the URL, allow `https:` (and `http:` for loopback) only, and give the parsed form to the opener."
