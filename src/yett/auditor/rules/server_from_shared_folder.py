"""Rule: the program of a server lies where others can put theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.clients.launch import Launches
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_SHARED: Final = re.compile(
    r"(?:/tmp|/var/tmp|/dev/shm|/Users/Shared|(?:/home/[^/]+|/Users/[^/]+|~|\$HOME|\$\{HOME\})/Downloads"
    r"|[A-Za-z]:[\\/](?:Windows[\\/])?Temp|[A-Za-z]:[\\/]Users[\\/](?:Public|[^\\/]+[\\/]Downloads))[\\/].+"
)
_CODE: Final = re.compile(r".*\.(?:py|js|mjs|cjs|ts|sh|rb|jar|exe|ps1|bin)\Z")


class ServerFromSharedFolder(Rule[Launches]):
    """A command or script in `/tmp`, a public folder, or among downloads."""

    id = "server-from-shared-folder"
    title = "A server's program lies where others can write"
    severity = Severity.MEDIUM
    cwe = 427
    maps = ("MCP04", "SAFE-T1203")
    why = "Other users of the machine, or any download, can replace the file; the client runs it at its next start."
    fix = "Install the program where only its owner can write, and name that path."

    def check(self, subject: Launches) -> Iterator[Finding]:
        """One finding for each server: its program, or the script that an interpreter is given."""
        for launch in subject.launches:
            for position, part in enumerate(launch.parts[:4]):
                path = str(part.value)
                if _SHARED.fullmatch(path) and (position == 0 or _CODE.fullmatch(path)):
                    yield self.finding(
                        subject.spot(part.span),
                        f"server `{launch.name}` runs `{path}`, where others can write",
                        subject=f"{launch.name}.{path}",
                    )
                    break
