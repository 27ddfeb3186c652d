"""Rule: a parameter collects what was said before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.catalogues.catalogue import Catalogue, schema_of
from yett.auditor.documents.document import get, pairs
from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule

_COLLECTS: Final = re.compile(
    r"(?i)(?:full_?|whole_?|entire_?)?(?:conversation|chat|message|dialog(?:ue)?)_?(?:history|log|transcript|context)"
    r"|(?:all|previous|prior|past)_?(?:user_?)?messages|chain_?of_?thought|side_?notes?|hidden_?(?:reasoning|notes?)"
    r"|(?:full|whole|entire|session)_?context|system_?prompt_?(?:copy|text|verbatim)"
)


class AsksForConversation(Rule[Catalogue]):
    """Parameters named for the history, the context or side notes; the model fills them on its own."""

    id = "asks-for-conversation"
    title = "A parameter collects the conversation"
    severity = Severity.MEDIUM
    cwe = 201
    maps = ("MCP10", "LLM02", "SAFE-T1911")
    why = (
        "A model fills a parameter by its name. One that asks for the history or for side notes gets what other tools "
        "returned and what the user never meant for this server, at every call."
    )
    fix = "Ask for the one thing that the tool needs, under its own name."

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """One finding for each parameter."""
        for tool in subject.tools:
            for name, span, _ in pairs(get(schema_of(tool), "properties")):
                if _COLLECTS.fullmatch(name):
                    yield self.finding(
                        subject.spot(span),
                        f"parameter `{name}` of tool `{tool.name}` collects what was said before",
                        subject=f"{tool.name}.{name}",
                        confidence=Confidence.MEDIUM,
                    )
