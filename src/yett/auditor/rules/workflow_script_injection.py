"""Rule: a stranger's text becomes part of a workflow's script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.auditor.supply.workflow import Workflow

# What anybody may write who can open an issue or a pull request; numbers, ids and digests are none of it.
_STRANGERS: Final = re.compile(
    r"\$\{\{[^}]{0,200}?(?P<name>github\.(?:head_ref\b|event\.(?:"
    r"(?:issue|pull_request|discussion)\.(?:title|body)|(?:comment|review|review_comment)\.body|"
    r"pull_request\.head\.(?:ref|label)|pull_request\.head\.repo\.default_branch|"
    r"head_commit\.(?:message|author\.(?:email|name))|workflow_run\.(?:head_branch|head_commit\.message)|"
    r"pages\.[^}\s]{1,40}\.page_name|commits\.[^}\s]{1,40}\.message)))"
)


class WorkflowScriptInjection(Rule[Workflow]):
    """`${{ github.event.issue.title }}` and its kin within `run:` or the script of `actions/github-script`."""

    id = "workflow-script-injection"
    title = "A stranger's text becomes part of a workflow's script"
    severity = Severity.HIGH
    cwe = 78
    maps = ("MCP04", "ASI04")
    why = (
        "The text is put into the script before the shell reads it: a title like `$(curl ...)` is run, with the "
        "secrets and rights of the job."
    )
    fix = 'Put the text into `env:` and use it as a variable between double quotes: `"$TITLE"`.'

    def check(self, subject: Workflow) -> Iterator[Finding]:
        """One finding for each text in each script."""
        for step in subject.steps:
            for span, script in step.scripts():
                for name in dict.fromkeys(found["name"] for found in _STRANGERS.finditer(script)):
                    yield self.finding(
                        subject.spot(span),
                        f"`{name}` becomes part of a script of job `{step.job}`",
                        subject=f"{step.job}.{name}",
                    )
