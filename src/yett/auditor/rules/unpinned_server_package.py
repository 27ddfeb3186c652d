"""Rule: a server's package is fetched anew at each start, in whatever version there is."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.clients.launch import Launches
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class UnpinnedServerPackage(Rule[Launches]):
    """`npx`, `uvx` and their kin without one exact version."""

    id = "unpinned-server-package"
    title = "A server's package is not pinned to a version"
    severity = Severity.MEDIUM
    cwe = 1357
    maps = ("MCP04", "ASI04", "AISVS10.1.1")
    why = (
        "The newest version is fetched and run with the rights of the user at every start. Who takes over the package, "
        "or its name, runs code on every machine that has this config, and nobody reviewed it."
    )
    fix = "Write the exact version that was reviewed: `name@1.2.3` for npm, `name==1.2.3` for PyPI."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each server."""
        for launch in subject.launches:
            package = launch.runs()
            if package is None or package.pinned or package.ecosystem == "image":
                continue
            asked = f"asks for `{package.version}`" if package.version else "names no version"
            yield self.finding(
                subject.spot(launch.place_of(package)),
                f"server `{launch.name}` runs `{package.name}` and {asked}: what runs may differ at each start",
                subject=f"{launch.name}.{package.name}",
            )
