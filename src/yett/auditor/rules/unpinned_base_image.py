"""Rule: an image is built on a tag that can be moved."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.containers.dockerfile import Dockerfile
from yett.auditor.finding import Finding, Severity
from yett.auditor.image import parse_image
from yett.auditor.rule import Rule


class UnpinnedBaseImage(Rule[Dockerfile]):
    """Every `FROM` and `COPY --from` of an image that is not a stage."""

    id = "unpinned-base-image"
    title = "An image is built on one that can change"
    severity = Severity.MEDIUM
    cwe = 1357
    maps = (
        "MCP04",
        "ASI04",
        "AISVS10.1.1",
    )
    why = (
        "A tag can be pointed at another image by whoever can push there; the next build takes it in, and nobody "
        "sees a difference in this file."
    )
    fix = "Append the digest: `python:3.13-slim@sha256:...`, and let a bot renew it."

    def check(self, subject: Dockerfile) -> Iterator[Finding]:
        """One finding for each image; a version is less bad than no tag or one that is made to move."""
        aliases = {stage.alias for stage in subject.stages if stage.alias}
        seen: set[str] = set()
        for stage in subject.stages:
            image = parse_image(stage.base)
            if image is None or stage.base in {"scratch", *seen} or stage.base.lower() in aliases or image.digest:
                continue
            seen.add(stage.base)
            yield self.finding(
                subject.at(stage.start),
                f"`{stage.base}` names no digest",
                subject=image.name,
                severity=self.severity if image.floating else Severity.LOW,
            )
