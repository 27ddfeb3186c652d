"""Rule: text that a caller chose is run as code."""

from __future__ import annotations

from yett.auditor.analysis.sinks import EVALUATE
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class CodeFromArgument(Reached):
    """Interpreters, and templates of code that take texts of others."""

    id = "code-from-argument"
    title = "Text that a caller chose is run as code"
    severity = Severity.CRITICAL
    cwe = 94
    maps = ("MCP05", "ASI05", "SAFE-T1101")
    kinds = frozenset((EVALUATE,))
    does = "is run as code by"
    why = (
        "`eval`, `exec`, `new Function`, AppleScript and generated source files run whatever is in the text. A list "
        "of forbidden words does not stop it: every language has other ways to say the same."
    )
    fix = (
        "Do not run it in the server. Where running code is the tool's purpose: in a sandbox of its own (container, "
        "no network, no secrets, bounded). In generated code, write values as literals (`repr`, `JSON.stringify`)."
    )
