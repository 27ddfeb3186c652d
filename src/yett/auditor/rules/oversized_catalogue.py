"""Rule: a server gives models more to read than they can keep apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yett.auditor.catalogues.catalogue import Catalogue
from yett.auditor.documents.document import get, text
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule

TOOLS: Final = 60
"""The number from which a list is said to be long; there is no known bound at which models begin to err."""
CHARACTERS: Final = 4_000
"""Of one description: a page and a half."""


class OversizedCatalogue(Rule[Catalogue]):
    """More tools than 60, or descriptions longer than 4,000 characters."""

    id = "oversized-catalogue"
    title = "A server lists more than a model can keep apart"
    severity = Severity.INFO
    cwe = 400
    maps = ("MCP10",)
    why = (
        "Every call of every tool carries the whole list. It costs, wrong tools are taken more often, and what is "
        "hidden in a long text is not read by whoever approves it."
    )
    fix = "Show each role only the tools that it uses, and keep descriptions to what a model needs to choose."

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """One finding for the number, and one for each long description."""
        tools = subject.tools
        if len(tools) > TOOLS:
            yield self.finding(subject.spot(tools[TOOLS].span), f"the server lists {len(tools)} tools", subject="tools")
        for tool in tools:
            length = len(text(get(tool.node, "description")))
            if length > CHARACTERS:
                yield self.finding(
                    subject.spot(tool.span),
                    f"the description of tool `{tool.name}` has {length} characters",
                    subject=tool.name,
                )
