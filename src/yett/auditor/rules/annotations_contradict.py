"""Rule: a tool's annotations say the opposite of its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yett.auditor.catalogues.catalogue import Catalogue
from yett.auditor.documents.document import get, truth
from yett.auditor.finding import Confidence, Finding, Severity
from yett.auditor.rule import Rule

_WORDS: Final = re.compile(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])")
_WRITES: Final = frozenset(
    {
        "delete",
        "remove",
        "drop",
        "write",
        "create",
        "update",
        "insert",
        "send",
        "execute",
        "exec",
        "run",
        "kill",
        "push",
    }
    | {"merge", "deploy", "upload", "move", "rename", "edit", "set", "add", "post", "publish", "install", "uninstall"}
    | {"patch", "put", "truncate", "purge", "destroy", "revoke", "grant"}
)
_DESTROYS: Final = frozenset(
    {"delete", "remove", "drop", "truncate", "purge", "destroy", "kill", "wipe", "erase", "overwrite", "uninstall"}
)
_READS: Final = frozenset(
    {"get", "list", "read", "search", "find", "query", "describe", "show", "fetch", "check", "count", "preview", "dry"}
)


class AnnotationsContradict(Rule[Catalogue]):
    """`readOnlyHint` on what writes, `destructiveHint: false` on what deletes, or the two together."""

    id = "annotations-contradict"
    title = "A tool's annotations contradict what it does"
    severity = Severity.MEDIUM
    cwe = 1059
    maps = ("ASI02", "ASI09", "MCP02")
    why = (
        "Clients run tools that only read without asking. One that writes, and says that it reads, runs unasked; a "
        "person who reads the annotation approves something else than what happens."
    )
    fix = "Set `readOnlyHint` and `destructiveHint` to what the tool can do at worst."

    def check(self, subject: Catalogue) -> Iterator[Finding]:
        """One finding for each tool. The first word of its name decides, unless one of reading stands there too."""
        for tool in subject.tools:
            annotations = get(tool.node, "annotations")
            read_only = truth(get(annotations, "readOnlyHint"))
            destructive = truth(get(annotations, "destructiveHint"))
            words = [word.lower() for word in _WORDS.split(tool.name) if word]
            verbs = [word for word in words if word in _WRITES | _DESTROYS | _READS]
            verb = verbs[0] if verbs and words.index(verbs[0]) <= 1 else ""
            if read_only and destructive:
                says, sure = "says that it only reads, and that it destroys", Confidence.HIGH
            elif read_only and verb in _WRITES | _DESTROYS:
                says, sure = f"says that it only reads, and is called `{verb}`", Confidence.MEDIUM
            elif destructive is False and not read_only and verb in _DESTROYS:
                says, sure = f"says that it destroys nothing, and is called `{verb}`", Confidence.MEDIUM
            else:
                continue
            yield self.finding(
                subject.spot(tool.span), f"tool `{tool.name}` {says}", subject=tool.name, confidence=sure
            )
