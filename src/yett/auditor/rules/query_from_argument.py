"""Rule: a query is put together with an argument."""

from __future__ import annotations

from yett.auditor.analysis.sinks import QUERY
from yett.auditor.finding import Severity
from yett.auditor.rules._reached import Reached


class QueryFromArgument(Reached):
    """Text that starts as a query does, with an argument inside of it; where it is handed on."""

    id = "query-from-argument"
    title = "A query is put together with an argument"
    severity = Severity.HIGH
    cwe = 89
    maps = ("MCP05",)
    kinds = frozenset((QUERY,))
    does = "is put into the text of a query in"
    why = (
        "SQL, Cypher and KQL cannot tell what was meant as a value. A quote, a comment or a `UNION` in the argument "
        "makes another query of it: other tables, other users, writes."
    )
    fix = (
        "Give values as parameters (`execute(sql, params)`). For names of tables and columns, take them from a list "
        "or quote them as identifiers, doubling the quote."
    )
