"""Rule: a caller chooses which host a request goes to."""

from __future__ import annotations

from yett.auditor.analysis.sinks import REQUEST
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class RequestToAnyHost(Reached):
    """The scheme and host of a URL; a value behind a fixed host is another rule."""

    id = "request-to-any-host"
    title = "A caller chooses which host a request goes to"
    severity = Severity.HIGH
    cwe = 918
    maps = ("ASI02", "MCP05")
    kinds = frozenset((REQUEST,))
    does = "decides the host of a request in"
    why = (
        "The server stands where the caller does not: beside cloud metadata, databases, admin pages and the user's "
        "other local servers. A URL of the caller's reaches them in the server's name."
    )
    fix = (
        "Take hosts from a list. Where any public host is meant: allow `http` and `https` only, resolve the name, "
        "refuse addresses that are not global, connect to the address that was checked, and check every redirect in "
        "the same way."
    )
