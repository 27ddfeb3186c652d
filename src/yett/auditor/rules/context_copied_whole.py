"""Rule: an image takes in everything that lies around where it is built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.containers.ignore_file import Context
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_WHOLE: Final = re.compile(r"(?:--(?!from=)\S+[ \t]+)*\.{1,2}/?[ \t]+\S+|\[[ \t]*\"\./?\"[ \t]*,.*")


class ContextCopiedWhole(Rule[Context]):
    """`COPY . .` in the image that is run, without a `.dockerignore`."""

    id = "context-copied-whole"
    title = "An image takes in everything around it"
    severity = Severity.LOW
    cwe = 538
    maps = ("MCP01",)
    why = (
        "`.env`, `.git` and whatever else lies in the folder of whoever builds it goes into the image, and to "
        "everybody who may fetch that."
    )
    fix = "Add a `.dockerignore` that leaves out `.git` and `.env`, or copy by name what the server needs."

    def check(self, subject: Context) -> Iterator[Finding]:
        """The first such instruction."""
        if subject.ignored:
            return
        dockerfile = subject.dockerfile
        for stage in dockerfile.final:
            for each in stage.instructions:
                if each.name in {"COPY", "ADD"} and _WHOLE.fullmatch(each.value):
                    yield self.finding(
                        dockerfile.at(each),
                        "the whole folder is copied into the image, and no `.dockerignore` leaves anything out",
                        subject=each.value[:80],
                    )
                    return
