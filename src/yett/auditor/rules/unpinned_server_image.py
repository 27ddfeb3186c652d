"""Rule: a server's container image is named by a tag, which can be moved."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.clients.launch import Launches
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class UnpinnedServerImage(Rule[Launches]):
    """`docker run` and image packages without a digest."""

    id = "unpinned-server-image"
    title = "A server's image is not pinned to a digest"
    severity = Severity.MEDIUM
    cwe = 1357
    maps = ("MCP04", "ASI04", "AISVS10.1.1")
    why = "A tag can be pointed at another image by whoever can push to the registry; only a digest names one content."
    fix = "Append the digest of the image that was reviewed: `name:1.2.3@sha256:...`."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each server; a version tag is less bad than none or `latest`."""
        for launch in subject.launches:
            package = launch.runs()
            if package is None or package.image is None or package.pinned:
                continue
            tag = f"the tag `{package.version}`" if package.version else "no tag"
            yield self.finding(
                subject.spot(launch.place_of(package)),
                f"server `{launch.name}` runs image `{package.name}` by {tag} and no digest",
                subject=f"{launch.name}.{package.name}",
                severity=self.severity if package.image.floating else Severity.LOW,
            )
