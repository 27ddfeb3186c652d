"""Rule: a server's package has almost the name of a well-known one."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.clients.known_servers import taken_for
from yett.auditor.clients.launch import Launches
from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule


class LookAlikePackage(Rule[Launches]):
    """A name that is one slip of the fingers away from that of a well-known server."""

    id = "look-alike-package"
    title = "A server's package has almost the name of a well-known one"
    severity = Severity.HIGH
    cwe = 1357
    maps = ("MCP04", "ASI04", "SAFE-T1004")
    why = (
        "Names that differ by a letter from one that many people type are registered for those who mistype it. What "
        "is behind such a name runs with the rights of the user."
    )
    fix = "Compare the name with the one in the server's own documentation, letter by letter, and pin the version."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each server."""
        for launch in subject.launches:
            package = launch.runs()
            if package is None or package.ecosystem == "image":
                continue
            if known := taken_for(package.ecosystem, package.name):
                yield self.finding(
                    subject.spot(launch.place_of(package)),
                    f"server `{launch.name}` runs `{ascii(package.name)[1:-1]}`, which looks like `{known}`",
                    subject=f"{launch.name}.{package.name}",
                    confidence=Confidence.MEDIUM,
                )
