"""Rule: starting a server downloads a program and runs it unseen."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.clients.command import downloaded_and_run
from yett.auditor.clients.launch import Launches
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class DownloadStartsServer(Rule[Launches]):
    """`curl ... | sh` and its kin."""

    id = "download-starts-server"
    title = "Starting a server runs what a URL answers"
    severity = Severity.HIGH
    cwe = 494
    maps = ("MCP04", "ASI05", "SAFE-T1203")
    why = (
        "Whoever controls the URL, its domain or the way to it decides at every start which program runs with the "
        "rights of the user. It can answer differently each time, and nothing is kept to compare."
    )
    fix = "Install the program once from a pinned, verified release, and start what is installed."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each server."""
        for launch in subject.launches:
            for part in launch.parts:
                if found := downloaded_and_run(str(part.value)):
                    yield self.finding(
                        subject.spot(part.span),
                        f"starting server `{launch.name}` downloads a program and runs it",
                        subject=launch.name,
                        evidence=(found,),
                    )
                    break
