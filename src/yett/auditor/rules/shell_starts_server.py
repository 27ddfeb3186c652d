"""Rule: a server is started through a shell."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.clients.command import downloaded_and_run, shell_script
from yett.auditor.clients.launch import Launches
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class ShellStartsServer(Rule[Launches]):
    """`sh -c`, `powershell -Command` and their kin. What also downloads is another rule's."""

    id = "shell-starts-server"
    title = "A server is started through a shell"
    severity = Severity.MEDIUM
    cwe = 78
    maps = ("MCP05", "SAFE-T1302")
    why = (
        "A shell interprets the line: whatever is substituted into it (a folder's name, a variable, an input) can add "
        "commands, and a reviewer has to read a program where a name and arguments would do."
    )
    fix = "Name the program in `command` and its arguments one by one in `args`."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each server."""
        for launch in subject.launches:
            script = shell_script(launch.words)
            if script is None or downloaded_and_run(script.text):
                continue
            yield self.finding(
                subject.spot(launch.parts[script.position].span),
                f"server `{launch.name}` is a script for `{script.shell}`",
                subject=launch.name,
            )
