"""Rule: what a server lists is not what was approved."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator

from yett.auditor.catalogues.approval import Approval
from yett.auditor.catalogues.catalogue import Listed
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.config.node import plain

_SHOWN = 12
"""Lines of the difference that are shown."""


class ToolChangedSinceApproval(Rule[Approval]):
    """A catalogue (`tools.json`) beside its approved copy (`tools.lock.json`)."""

    id = "tool-changed-since-approval"
    title = "A tool is not what it was when it was approved"
    severity = Severity.HIGH
    cwe = 494
    maps = ("MCP03", "MCP04", "ASI04", "AISVS10.4.8", "SAFE-T1201")
    why = (
        "A server can behave until it is trusted and then change what its tools say or take. Clients show a definition "
        "once, if at all, and follow the new one without a word."
    )
    fix = (
        "Read the difference. If it is harmless, copy the catalogue over its approved copy; if not, disconnect the "
        "server."
    )

    def check(self, subject: Approval) -> Iterator[Finding]:
        """One finding for each tool that changed, is new, or is gone."""
        then = {each.name: each for each in subject.then.listed}
        now = {each.name: each for each in subject.now.listed}
        for name, each in now.items():
            place = subject.now.spot(each.span)
            if name not in then:
                yield self.finding(place, f"{each.kind} `{name}` was never approved", subject=name)
            elif difference := _difference(then[name], each):
                yield self.finding(
                    place, f"{each.kind} `{name}` changed since it was approved", subject=name, evidence=difference
                )
        for name, each in then.items():
            if name not in now:
                yield self.finding(
                    subject.then.spot(each.span),
                    f"{each.kind} `{name}` was approved and is gone",
                    subject=name,
                    severity=Severity.LOW,
                )


def _difference(then: Listed, now: Listed) -> tuple[str, ...]:
    before, after = (json.dumps(plain(each.node), indent=1, sort_keys=True, ensure_ascii=True) for each in (then, now))
    if before == after:
        return ()
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return tuple(line[:160] for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---"))[:_SHOWN]
