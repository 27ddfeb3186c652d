"""Rule: a caller writes a template."""

from __future__ import annotations

from yett.auditor.analysis.sinks import RENDER
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class TemplateFromArgument(Reached):
    """Template engines that compile their argument."""

    id = "template-from-argument"
    title = "A caller writes a template"
    severity = Severity.HIGH
    cwe = 1336
    maps = ("MCP05",)
    kinds = frozenset((RENDER,))
    does = "is compiled as a template by"
    why = (
        "Templates are programs. In Jinja2, Mako, EJS and others an expression reaches the classes and modules behind "
        "the values, and so the system."
    )
    fix = (
        "Keep templates in files and give the text to them as a value. Where users write templates: "
        "`jinja2.sandbox.SandboxedEnvironment`, or a language without logic."
    )
