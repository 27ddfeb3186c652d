"""Rule: a shell stands between the container and its server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.containers.dockerfile import Dockerfile, Instruction
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_VARIABLE: Final = re.compile(r"\$\{?[A-Za-z_]\w*")


def _last(subject: Dockerfile) -> Iterator[Instruction]:
    """The `ENTRYPOINT` and `CMD` that count: the last of each, of the first stage that has one."""
    for name in ("ENTRYPOINT", "CMD"):
        for stage in subject.final:
            found = [each for each in stage.instructions if each.name == name]
            if found:
                yield found[-1]
                break


class ShellFormCommand(Rule[Dockerfile]):
    """`CMD` or `ENTRYPOINT` without brackets; with a variable in it, its value is read by the shell."""

    id = "shell-form-command"
    title = "A shell starts the server of an image"
    severity = Severity.LOW
    cwe = 78
    maps = ()
    why = (
        "The shell reads the values of variables as words and patterns, and takes the signals: the server is never "
        "told to end, and is killed in the middle of a call."
    )
    fix = 'Write the command as a list: `CMD ["python", "-m", "server"]`.'

    def check(self, subject: Dockerfile) -> Iterator[Finding]:
        """One finding for each of the two; less grave where no variable is in it."""
        for each in _last(subject):
            variable = _VARIABLE.search(each.value)
            # Windows and `SHELL` have other shells, which take no signals either.
            if each.value.startswith("[") or (each.value.startswith("exec ") and not variable):
                continue
            says = f" and reads `{variable[0].lstrip('${')}` as words" if variable else " and takes its signals"
            yield self.finding(
                subject.at(each),
                f"a shell starts what `{each.name}` says{says}",
                subject=each.name,
                severity=self.severity if variable else Severity.INFO,
            )
