"""Rule: a workflow that holds secrets or may write runs actions that their owners can change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.documents.document import text
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.auditor.supply.workflow import Workflow
from yett.config.node import Scalar

_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# Whoever owns the runners owns these as well.
_RUNNERS: Final = ("actions/", "github/")


def _unpinned(action: Scalar) -> bool:
    name, at, version = text(action).partition("@")
    if not at or name.startswith((*_RUNNERS, "./", "docker://")):
        return False
    return _COMMIT.fullmatch(version.strip()) is None


class UnpinnedAction(Rule[Workflow]):
    """Actions of others by tag or branch; one finding for each workflow, those of the runners' owner are spared."""

    id = "unpinned-action"
    title = "A workflow with secrets runs actions that can change"
    severity = Severity.LOW
    cwe = 829
    maps = ("MCP04", "ASI04")
    why = (
        "A tag is moved by whoever takes over the action's repository. What then runs can read the secrets of the "
        "workflow, or publish in the project's name."
    )
    fix = "Name the commit, with the version as a comment: `owner/action@<40 hex digits> # v1.2.3`."

    def check(self, subject: Workflow) -> Iterator[Finding]:
        """At the first of them; all are named."""
        used = [step.uses for step in subject.steps if step.uses is not None] if subject.trusted else []
        found = [action for action in used if _unpinned(action)]
        names = list(dict.fromkeys(text(action) for action in found))
        if found:
            many = f" and {len(names) - 1} more" if len(names) > 1 else ""
            yield self.finding(
                subject.spot(found[0].span),
                f"`{names[0]}`{many} can be changed by their owners, in a workflow with secrets or a right to write",
                subject="actions",
                evidence=tuple(names[:20]),
            )
