"""Rule: a container's user is a name."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.containers.dockerfile import Dockerfile
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class ImageUserByName(Rule[Dockerfile]):
    """`USER app` instead of a number."""

    id = "image-user-by-name"
    title = "The user of a container is a name"
    severity = Severity.LOW
    cwe = 250
    maps = ("AISVS10.1.3",)
    why = (
        "Kubernetes cannot tell that a name is not root: with `runAsNonRoot` such a container does not start, and"
        " so the switch is left out."
    )
    fix = "Write the number: `USER 10001:10001`."

    def check(self, subject: Dockerfile) -> Iterator[Finding]:
        """One finding, at the last `USER`."""
        users = [each for stage in reversed(subject.final) for each in stage.instructions if each.name == "USER"]
        name = users[-1].value.split(":")[0].strip("\"'") if users else ""
        if name and not name.isdigit() and name != "root" and "$" not in name:
            yield self.finding(subject.at(users[-1]), f"the user `{name}` is a name", subject="USER")
