"""Rule: a schema refers to a document elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.catalogues.catalogue import Catalogue
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule


class ForeignSchemaReference(Rule[Catalogue]):
    """`$ref` to a URL or a file."""

    id = "foreign-schema-reference"
    title = "A schema refers to a document elsewhere"
    severity = Severity.MEDIUM
    cwe = 829
    maps = ("AISVS10.4.1", "MCP04")
    why = (
        "A validator that follows it fetches a URL of the server's choice from inside the network, or reads a file;"
        " and "
        "whoever controls the document changes the schema after it was approved."
    )
    fix = "Put the definition into the schema's own `$defs`."

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """One finding for each reference."""
        for tool in subject.tools:
            for key, scalar in tool.strings:
                target = str(scalar.value)
                if key in {"$ref", "$dynamicRef", "$recursiveRef"} and target and not target.startswith("#"):
                    yield self.finding(
                        subject.spot(scalar.span),
                        f"the schema of tool `{tool.name}` refers to `{target[:100]}`",
                        subject=f"{tool.name}.{target[:100]}",
                    )
