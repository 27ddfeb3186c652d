"""Rule: a tool takes whatever it is given."""

from __future__ import annotations

from collections.abc import Iterator

from yett.auditor.catalogues.catalogue import Catalogue, Listed, schema_of
from yett.auditor.documents.document import get, truth
from yett.auditor.finding import Finding, Severity
from yett.auditor.rule import Rule
from yett.config.node import Map


class OpenInputSchema(Rule[Catalogue]):
    """No schema, one without properties, one that says that others are welcome."""

    id = "open-input-schema"
    title = "A tool takes whatever it is given"
    severity = Severity.LOW
    cwe = 20
    maps = ("AISVS10.4.4", "MCP10")
    why = (
        "Nothing can be checked before the call: arguments that the server never meant to take reach its code, and "
        "what "
        "a model was talked into passing along leaves unnoticed."
    )
    fix = 'Describe every parameter in `properties`, and write `"additionalProperties": false`.'

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """One finding for each tool."""
        for tool in subject.tools:
            if says := _open(tool):
                yield self.finding(subject.spot(tool.span), f"tool `{tool.name}` {says}", subject=tool.name)


def _open(tool: Listed) -> str:
    schema = schema_of(tool)
    if not isinstance(schema, Map):
        return "has no input schema"
    if truth(get(schema, "additionalProperties")) is True:
        return "takes parameters that its schema does not name"
    described = any(
        key in schema.entries for key in ("properties", "$ref", "allOf", "anyOf", "oneOf", "patternProperties")
    )
    closed = truth(get(schema, "additionalProperties")) is False or get(schema, "additionalProperties") is not None
    return "" if described or closed else "has a schema that describes nothing"
