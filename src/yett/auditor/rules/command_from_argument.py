"""Rule: a shell runs text that a caller chose."""

from __future__ import annotations

from yett.auditor.analysis.sinks import COMMAND
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class CommandFromArgument(Reached):
    """From a parameter to a shell: through wrappers, promises, templates, lists, files and classes."""

    id = "command-from-argument"
    title = "A shell runs text that a caller chose"
    severity = Severity.CRITICAL
    cwe = 78
    maps = ("MCP05", "ASI05", "SAFE-T1101")
    kinds = frozenset((COMMAND,))
    does = "becomes part of a command that a shell runs in"
    why = (
        "A shell takes `;`, `|`, `$(...)` and line ends in an argument for commands of its own. Whoever can call the "
        "tool, or write a text that leads a model to call it, runs programs as the server's user."
    )
    fix = (
        "Start the program without a shell, its arguments in a list (`execFile`, `subprocess.run([...])`), with `--` "
        "before the first one that a caller chose. Quoting inside double quotes does not help: `$(...)` works there."
    )
