"""Rule: a build runs or adds what a URL answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.clients.command import downloaded_and_run
from yett.auditor.containers.dockerfile import Dockerfile
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_URL: Final = re.compile(r"(?:^|\s)https?://\S+")


class DownloadInBuild(Rule[Dockerfile]):
    """`curl | sh`, and `ADD https://...` without a checksum."""

    id = "download-in-build"
    title = "A build runs what a URL answers"
    severity = Severity.MEDIUM
    cwe = 494
    maps = (
        "MCP04",
        "ASI04",
    )
    why = "Whoever controls the URL decides what is in the next image, and the file that is reviewed does not change."
    fix = "Fetch a named version and compare its checksum, or use `ADD --checksum=sha256:...`."

    def check(self, subject: Dockerfile) -> Iterator[Finding]:
        """One finding for each instruction."""
        for stage in subject.stages:
            for each in stage.instructions:
                if each.name == "RUN" and (found := downloaded_and_run(each.value)):
                    what = "the build downloads a program and runs it"
                    yield self.finding(subject.at(each), what, subject=found, evidence=(found,))
                elif each.name == "ADD" and _URL.search(each.value) and "--checksum=" not in each.value:
                    what = "the build adds a file from a URL without comparing it"
                    yield self.finding(subject.at(each), what, subject=each.value[:100])
