"""Rule: an argument is deserialised into objects."""

from __future__ import annotations

from yett.auditor.analysis.sinks import LOAD
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class ObjectFromArgument(Reached):
    """Loaders that build objects."""

    id = "object-from-argument"
    title = "An argument is deserialised into objects"
    severity = Severity.HIGH
    cwe = 502
    maps = ("MCP05",)
    kinds = frozenset((LOAD,))
    does = "is deserialised by"
    why = (
        "Formats that restore objects call constructors and functions that the data names: `pickle`, `yaml.load`, "
        "`marshal`, `torch.load`, `node-serialize`. Reading is running."
    )
    fix = (
        "Use JSON or another format of plain values: `json.loads`, `yaml.safe_load`, `safetensors`, and check what "
        "comes out against a schema."
    )
