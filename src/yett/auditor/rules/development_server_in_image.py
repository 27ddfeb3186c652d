"""Rule: an image starts a server made for development."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.containers.dockerfile import Dockerfile
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

_COMMAND: Final = re.compile(
    r"--reload\b|--inspect(?:-brk)?\b|\bnodemon\b|\bts-node-dev\b|@modelcontextprotocol/inspector"
    r"|\b(?:fast)?mcp[\"', ]+dev\b"
    r"|\bflask\b.*--debug\b|\bdebugpy\b|\b(?:npm|pnpm|yarn|bun)[\"', ]+(?:run[\"', ]+)?dev\b"
)
_VARIABLE: Final = re.compile(
    r"\b(?:NODE_ENV[= ]+[\"']?development|FLASK_DEBUG[= ]+[\"']?(?:1|true)"
    r"|FLASK_ENV[= ]+[\"']?development)\b"
)


class DevelopmentServerInImage(Rule[Dockerfile]):
    """`--reload`, inspectors, debug switches."""

    id = "development-server-in-image"
    title = "An image starts a development server"
    severity = Severity.MEDIUM
    cwe = 489
    maps = (
        "MCP09",
        "SAFE-T1109",
    )
    why = (
        "Debuggers and inspectors execute what they are sent and ask nobody who they are; reloaders run whatever "
        "appears in a folder."
    )
    fix = "Start the server itself, without debug switches."

    def check(self, subject: Dockerfile) -> Iterator[Finding]:
        """One finding for each switch of the final image."""
        for stage in subject.final:
            for each in stage.instructions:
                pattern = _COMMAND if each.name in {"CMD", "ENTRYPOINT"} else _VARIABLE if each.name == "ENV" else None
                if pattern is not None and (found := pattern.search(each.value)):
                    switch = re.sub(r"[\"',\s]+", " ", found.group()).strip()
                    yield self.finding(subject.at(each), f"`{switch}` is for development", subject=switch)
