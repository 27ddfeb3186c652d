"""Rule: a caller names a property of a property."""

from __future__ import annotations

from yett.auditor.analysis.sinks import POLLUTES
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class PropertyFromArgument(Reached):
    """Two computed keys of a caller in one assignment."""

    id = "property-from-argument"
    title = "A caller names a property of a property"
    severity = Severity.MEDIUM
    cwe = 1321
    maps = ()
    kinds = frozenset((POLLUTES,))
    does = "names the object whose property is set by"
    why = (
        "In JavaScript `target[a][b] = value` with `a` = `__proto__` writes into the prototype of every object: "
        "switches, templates, options of child processes."
    )
    fix = (
        "Use a `Map`, an object without a prototype (`Object.create(null)`), or refuse `__proto__`, `constructor` and "
        "`prototype`."
    )
