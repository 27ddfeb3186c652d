"""Rule: an error tells how a server is built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.live.endpoint import Endpoint
from yett.auditor.rule import Rule

_TELLING: Final = re.compile(
    r"Traceback \(most recent call last\)[\s\S]{0,100}|File \\?\"/[^\"]{1,100}\", line \d+|\bat [\w.<>$]+ \(?(?:file://)?/[^)\s]{1,100}:\d+:\d+"
    r"|(?:/home/|/usr/(?:local/)?(?:lib|src)/|/app/|/opt/|[A-Z]:\\\\)[\w./\\-]{1,80}\.(?:py|js|ts|mjs|java|go|rb)\b|\bnode_modules/[\w./-]{1,80}"
    r"|psycopg2?\.|sqlite3\.\w+Error|ORA-\d{5}|java\.lang\.\w+"
)


class VerboseErrors(Rule[Endpoint]):
    """Stack traces, paths and messages of drivers in answers to broken requests."""

    id = "verbose-errors"
    title = "An error tells how a server is built"
    severity = Severity.MEDIUM
    cwe = 209
    maps = (
        "MCP10",
        "MCP01",
    )
    why = (
        "Paths, versions and the text of exceptions tell an attacker which flaw fits; sometimes they hold values "
        "that nobody should see."
    )
    fix = "Answer with the error's code and a word; write the rest into the log."

    def check(self, subject: Endpoint) -> Iterator[Finding]:
        """One finding for each answer."""
        for probe in ("broken-json", "wrong-params"):
            text = str(subject.seen(probe).get("text", ""))
            if found := _TELLING.search(text):
                what = "an answer to a broken request tells how the server is built"
                quote = " ".join(found.group().split())[:120]
                yield self.finding(subject.at(probe), what, subject=probe, evidence=(quote,))
