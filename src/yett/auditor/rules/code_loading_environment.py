"""Rule: an environment variable loads foreign code into a server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.clients.launch import Launches
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_ALWAYS: Final = frozenset(
    {"LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "PYTHONSTARTUP", "PERL5OPT", "RUBYOPT"}
    | {"JAVA_TOOL_OPTIONS", "GIT_EXTERNAL_DIFF", "GIT_SSH_COMMAND", "NODE_REPL_EXTERNAL_MODULE"}
)
_NODE: Final = re.compile(r"(?:^|\s)(?:-r|--require|--import|--loader|--experimental-loader|--inspect\S*)(?:[=\s]|$)")
_SEARCHED: Final = frozenset({"PYTHONPATH", "NODE_PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PERL5LIB"})
_SHARED: Final = re.compile(r"(?:^|[:;])(?:/tmp|/var/tmp|/dev/shm|\.|~/Downloads|[A-Z]:\\Temp)(?:[/\\:;]|$)|::|^:|:$")


class CodeLoadingEnvironment(Rule[Launches]):
    """`LD_PRELOAD`, `NODE_OPTIONS --require`, search paths that others can write to."""

    id = "code-loading-environment"
    title = "An environment variable loads code into a server"
    severity = Severity.HIGH
    cwe = 829
    maps = ("MCP04", "MCP05")
    why = (
        "The variable makes the server run code that its package does not contain, at every start, and a review of the "
        "command line does not show it. It is a usual way to stay on a machine."
    )
    fix = "Remove the variable, or build what it loads into the package that is started."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each variable."""
        for launch in subject.launches:
            for setting in launch.environment:
                name, value = setting.name.upper(), setting.text
                if (
                    (name in _ALWAYS and value)
                    or (name == "NODE_OPTIONS" and _NODE.search(value))
                    or (name in _SEARCHED and _SHARED.search(value))
                ):
                    yield self.finding(
                        subject.spot(setting.value.span),
                        f"`{setting.name}` loads code into server `{launch.name}`",
                        subject=f"{launch.name}.{setting.name}",
                    )
