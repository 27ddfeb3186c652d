"""Rule: a container runs as root."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.containers.dockerfile import Dockerfile
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

# Images that are made to start as somebody else.
_NOT_ROOT: Final = re.compile(r"nonroot|rootless|unprivileged|cgr\.dev/chainguard/")


class ImageRunsAsRoot(Rule[Dockerfile]):
    """The last `USER` of the stage that is run, and of those it stands on."""

    id = "image-runs-as-root"
    title = "A container runs as root"
    severity = Severity.HIGH
    cwe = 250
    maps = (
        "ASI05",
        "AISVS10.1.3",
        "MCP02",
    )
    why = (
        "Who gets a command executed in the container is root there: every file is theirs to change, and a flaw "
        "of the kernel or a mounted folder is the way to the machine."
    )
    fix = "Make a user and switch to it by number before the command: `USER 10001:10001`."

    def check(self, subject: Dockerfile) -> Iterator[Finding]:
        """One finding, where root was chosen or the last stage begins."""
        last = subject.final[0]
        for stage in subject.final:
            users = [each for each in stage.instructions if each.name == "USER"]
            if users:
                if users[-1].value.split(":")[0].strip("\"'") in {"root", "0"}:
                    yield self.finding(subject.at(users[-1]), "the container runs as root", subject="USER")
                return
        if not _NOT_ROOT.search(subject.final[-1].base):
            yield self.finding(subject.at(last.start), "no `USER`: the container runs as root", subject="USER")
