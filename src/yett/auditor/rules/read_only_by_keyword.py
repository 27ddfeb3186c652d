"""Rule: read-only is enforced by searching for words."""

from __future__ import annotations

from yett.auditor.analysis.sinks import KEYWORDS
from yett.auditor.finding import Confidence, Severity
from yett.auditor.rules._reached import Reached


class ReadOnlyByKeyword(Reached):
    """A query searched for verbs, or judged by its first word."""

    id = "read-only-by-keyword"
    title = "Read-only is enforced by searching for words"
    severity = Severity.HIGH
    cwe = 184
    maps = ("MCP02", "MCP05")
    kinds = frozenset((KEYWORDS,))
    does = "is kept from writing only by words in"
    surest = Confidence.MEDIUM
    why = (
        "Comments, other spellings, functions and procedures with effects (`CALL`, `COPY`, `pg_read_file`, `LOAD "
        "CSV`) write without the words that are searched for; a value with such a word is refused for nothing."
    )
    fix = (
        "Let the database enforce it: a role without write grants, a read-only transaction, the access mode of the "
        "driver. Keep the search only as a hint to the user."
    )
