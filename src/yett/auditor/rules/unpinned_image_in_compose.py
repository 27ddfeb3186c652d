"""Rule: a service runs an image by a tag."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.containers.compose import Compose
from yett.auditor.documents.document import get, text
from yett.auditor.finding import Finding, Severity
from yett.auditor.image import parse_image
from yett.auditor.rule import Rule


class UnpinnedImageInCompose(Rule[Compose]):
    """`image` without a digest; what is built here is left out."""

    id = "unpinned-image-in-compose"
    title = "A Compose service runs an image that can change"
    severity = Severity.MEDIUM
    cwe = 1357
    maps = (
        "MCP04",
        "ASI04",
        "AISVS10.1.1",
    )
    why = "A tag can be pointed at another image by whoever can push there; the next `docker compose pull` takes it."
    fix = "Append the digest: `name:1.2.3@sha256:...`."

    def check(self, subject: Compose) -> Iterator[Finding]:
        """One finding for each service; a version is less bad than no tag or one that is made to move."""
        for service in subject.services:
            node = get(service.node, "image")
            image = parse_image(text(node))
            if node is None or image is None or image.digest or get(service.node, "build") is not None:
                continue
            yield self.finding(
                subject.spot(node.span),
                f"service `{service.name}` runs `{text(node)}`, which names no digest",
                subject=f"{service.name}.{image.name}",
                severity=self.severity if image.floating else Severity.LOW,
            )
