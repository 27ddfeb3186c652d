"""Rule: a container runs an image by a tag."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.documents.document import get, text
from yett.auditor.finding import Finding, Severity
from yett.auditor.image import parse_image
from yett.auditor.kubernetes.manifest import Manifest
from yett.auditor.rule import Rule


class UnpinnedImageInPod(Rule[Manifest]):
    """`image` without a digest."""

    id = "unpinned-image-in-pod"
    title = "A container runs an image that can change"
    severity = Severity.MEDIUM
    cwe = 1357
    maps = (
        "MCP04",
        "ASI04",
        "AISVS10.1.1",
    )
    why = (
        "A tag can be pointed at another image by whoever can push there; the next pod that starts runs it, "
        "beside old ones that do not."
    )
    fix = "Append the digest: `name:1.2.3@sha256:...`."

    def check(self, subject: Manifest) -> Iterator[Finding]:
        """One finding for each container; a version is less bad than no tag or one that is made to move."""
        for workload in subject.workloads():
            for container in workload.containers():
                node = get(container.node, "image")
                image = parse_image(text(node))
                if node is not None and image is not None and not image.digest:
                    yield self.finding(
                        subject.spot(node.span),
                        f"container `{container.name}` of {workload} runs `{text(node)}`, which names no digest",
                        subject=f"{workload.kind}.{workload.name}.{container.name}",
                        severity=self.severity if image.floating else Severity.LOW,
                    )
