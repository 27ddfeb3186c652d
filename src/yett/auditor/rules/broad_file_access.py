"""Rule: a server gets a whole disk or home folder."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.clients.command import broad_folders
from yett.auditor.clients.launch import Launches
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class BroadFileAccess(Rule[Launches]):
    """`/`, `~`, `/home/me`, a drive, as an argument or as the folder that a container mounts."""

    id = "broad-file-access"
    title = "A server gets a whole disk or home folder"
    severity = Severity.HIGH
    cwe = 732
    maps = ("MCP02", "ASI02", "SAFE-T1105")
    why = (
        "Keys, tokens, browser profiles and shell start-up files lie there. One call that a poisoned text asks for "
        "reads them, or writes the file that runs at the next login."
    )
    fix = "Name the one project folder that the server is for."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each server, at its broadest folder."""
        for launch in subject.launches:
            for position, folder in broad_folders(launch.words):
                yield self.finding(
                    subject.spot(launch.parts[position].span),
                    f"server `{launch.name}` is given `{folder}`",
                    subject=f"{launch.name}.{folder}",
                )
                break
