"""Rule: an image holds files that everybody can change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.containers.dockerfile import Dockerfile
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_OPEN: Final = re.compile(
    r"\bchmod\s+(?:-\w+\s+)*(?:0?[0-7][0-7]?[2367]{1}7?7|0?777|a\+[rx]*w\w*|o\+[rx]*w\w*)\b|--chmod=0?777"
)


class WorldWritableInImage(Rule[Dockerfile]):
    """`chmod 777` and `a+w`."""

    id = "world-writable-in-image"
    title = "An image holds files that every user can change"
    severity = Severity.LOW
    cwe = 732
    maps = ("ASI05",)
    why = (
        "A process that runs as another user, or a second container with the same volume, can replace the program"
        " that is started next."
    )
    fix = "Give the files to the one user that needs them: `COPY --chown=10001:10001`."

    def check(self, subject: Dockerfile) -> Iterator[Finding]:
        """One finding for each instruction."""
        for stage in subject.final:
            for each in stage.instructions:
                if each.name in {"RUN", "COPY", "ADD"} and (found := _OPEN.search(each.value)):
                    what = f"`{found.group()}` lets every user write"
                    yield self.finding(subject.at(each), what, subject=found.group())
