"""Rule: the user of a service has a login shell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.containers.dockerfile import Dockerfile
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_SHELL: Final = re.compile(
    r"\b(?:useradd|adduser|usermod)\b[^|;&]*\s(?:-s|--shell)[= ]+(/(?:usr/)?(?:local/)?bin/(?:ba|z|a|da|k)?sh)\b"
)


class ShellForServiceUser(Rule[Dockerfile]):
    """`useradd -s /bin/bash`, `adduser --shell /bin/sh`."""

    id = "shell-for-service-user"
    title = "The user of a service has a login shell"
    severity = Severity.LOW
    cwe = 250
    maps = ("ASI05",)
    why = (
        "A service needs no shell. With one, whoever gets at the account by another way (`su`, `ssh`, a cron job)"
        " can work with it."
    )
    fix = "Give it `/usr/sbin/nologin` or `/bin/false`."

    def check(self, subject: Dockerfile) -> Iterator[Finding]:
        """One finding for each user of the final image."""
        for stage in subject.final:
            for each in stage.instructions:
                if each.name == "RUN" and (found := _SHELL.search(each.value)):
                    what = f"a user is made with the shell `{found[1]}`"
                    yield self.finding(subject.at(each), what, subject=found[1])
