"""Rule: a tool runs whatever it is given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.catalogues.catalogue import Catalogue, Listed, schema_of
from yett.auditor.documents.document import get, pairs, text
from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule
from yett.config.node import Map, Node

_PARAMETER: Final = re.compile(
    r"(?i)(?:shell_?|bash_?|terminal_?)?(?:command|cmd|script|code|expression|program)(?:_?line)?|python|javascript"
)
_EXECUTES: Final = re.compile(
    r"(?i)\b(?:runs?|execut\w+|eval\w*|interpret\w*|launch\w*)\b.{0,60}\b(?:commands?|scripts?|code|shell|terminal|python|javascript|"
    r"expressions?|process(?:es)?|programs?)\b"
)
_NAME: Final = re.compile(r"(?i)(?:^|[_.-])(?:run|exec|execute|eval|shell|bash|terminal|command|evaluate)(?:$|[_.-])")


class FreeFormExecution(Rule[Catalogue]):
    """A free text named `command` or `code` in a tool that says that it runs it."""

    id = "free-form-execution"
    title = "A tool runs whatever it is given"
    severity = Severity.MEDIUM
    cwe = 749
    maps = ("MCP05", "MCP02", "LLM06", "SAFE-T1104")
    why = (
        "Whoever gets a text in front of the model, a page, an issue, a mail, can have a command run with the "
        "rights of "
        "this server. No check of the argument can tell a good command from a bad one."
    )
    fix = "Offer the operations that are needed as tools of their own; where it must be a command, run it in a sandbox."

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """One finding for each tool."""
        for tool in subject.tools:
            for name, span, schema in pairs(get(schema_of(tool), "properties")):
                if _PARAMETER.fullmatch(name) and _free(schema) and _executes(tool):
                    yield self.finding(
                        subject.spot(span),
                        f"tool `{tool.name}` runs what parameter `{name}` says",
                        subject=f"{tool.name}.{name}",
                        confidence=Confidence.MEDIUM,
                    )
                    break


def _free(schema: Node) -> bool:
    if not isinstance(schema, Map):
        return True
    return text(get(schema, "type")) in {"string", ""} and not any(
        key in schema.entries for key in ("enum", "const", "pattern", "$ref")
    )


def _executes(tool: Listed) -> bool:
    described = text(get(tool.node, "description"))[:2_000]
    return bool(_NAME.search(tool.name) or _EXECUTES.search(described))
