"""Rule: a workflow with the repository's rights runs the code of a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.documents.document import get, text
from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule
from yett.auditor.supply.workflow import Step, Workflow
from yett.config.node import Span

# Events that run with the secrets of the repository, whoever caused them.
_TRUSTED: Final = frozenset({"pull_request_target", "workflow_run", "issue_comment"})
_STRANGERS: Final = re.compile(
    r"github\.event\.(?:pull_request|workflow_run)\.head|github\.head_ref|refs/pull/|"
    r"github\.event\.(?:pull_request|issue)\.number|head[._]sha"
)


def _taken(step: Step) -> Span | None:
    """Where a step says that it takes the head of a pull request."""
    if step.uses is None or not text(step.uses).startswith("actions/checkout@"):
        return None
    for key in ("ref", "repository"):
        found = get(step.given, key)
        if found is not None and _STRANGERS.search(text(found)):
            return found.span
    return None


class WorkflowRunsStrangersCode(Rule[Workflow]):
    """`pull_request_target`, `workflow_run` or `issue_comment` with a checkout of the pull request's head."""

    id = "workflow-runs-strangers-code"
    title = "A workflow takes a stranger's code into a trusted run"
    severity = Severity.HIGH
    cwe = 829
    maps = ("MCP04", "ASI04")
    why = (
        "These events run with the secrets and rights of the repository. Whoever opens a pull request writes the "
        "build scripts and tests that run there: they publish a version of the server of their own."
    )
    fix = (
        "Build pull requests on `pull_request`, which has no secrets, and do only what needs them in a second "
        "workflow that never runs their code."
    )

    def check(self, subject: Workflow) -> Iterator[Finding]:
        """One finding for each checkout."""
        events = sorted(subject.triggers & _TRUSTED)
        for step in subject.steps if events else ():
            if (span := _taken(step)) is not None:
                yield self.finding(
                    subject.spot(span),
                    f"job `{step.job}` checks out the head of a pull request on `{'`, `'.join(events)}`",
                    subject=step.job,
                    # A condition may ask who opened it; whether it asks enough, a person has to see.
                    confidence=Confidence.LOW if step.gated else Confidence.HIGH,
                )
