"""Rule: a server is started with the rights of the whole machine."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.clients.command import privileges
from yett.auditor.clients.launch import Launches
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class PrivilegedServer(Rule[Launches]):
    """`sudo`, and containers that are none: privileged, with the runtime's socket, the host's files or network."""

    id = "privileged-server"
    title = "A server gets the rights of the whole machine"
    severity = Severity.HIGH
    cwe = 250
    maps = ("MCP02", "SAFE-T1302", "ASI03")
    why = (
        "A model that was talked into one call, or a package that turned bad, then acts as the administrator of the "
        "machine: a privileged container, its runtime's socket or the host's root folder are the same thing."
    )
    fix = "Start it as an ordinary user; give a container the one folder it needs, and no socket and no privileges."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each server, with every way that it has."""
        for launch in subject.launches:
            found = list(privileges(launch.words))
            if found:
                ways = ", ".join(dict.fromkeys(privilege.says for privilege in found))
                yield self.finding(
                    subject.spot(launch.parts[found[0].position].span),
                    f"server `{launch.name}` is started with {ways}",
                    subject=launch.name,
                )
