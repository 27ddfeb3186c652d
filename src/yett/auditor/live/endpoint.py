"""Endpoint: what the probes of a live server saw, read back like any other file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from yett.auditor.documents.document import Document, get, read_document, text, text_lines
from yett.auditor.documents.flaw import Flaw
from yett.auditor.finding import Place
from yett.auditor.subject import Skipped
from yett.config.node import Map, plain

MARK = '"yettProbes"'


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint(Document):
    """The record of one endpoint's probes."""

    url: str

    def seen(self, probe: str) -> dict[str, Any]:
        """What a probe saw; empty when it was not made."""
        node = get(self.root, "seen", probe)
        found = plain(node) if isinstance(node, Map) else {}
        return dict(found)

    def listed(self, probe: str) -> bool:
        """Whether the tools were listed all the same."""
        return self.seen(probe).get("listed") is True

    def probes(self) -> tuple[str, ...]:
        """The names of all probes that were made."""
        node = get(self.root, "seen")
        return tuple(node.entries) if isinstance(node, Map) else ()

    def at(self, probe: str) -> Place:
        """The place of a probe in the record."""
        seen = get(self.root, "seen")
        if isinstance(seen, Map) and probe in seen.entries:
            return self.spot(seen.entries[probe].span)
        return self.spot(self.root.span)


def claims(path: str, content: str) -> bool:
    """Whether a file is such a record."""
    return path.endswith(".json") and MARK in content[:200]


def parse(path: str, content: str) -> Endpoint | Skipped:
    """Read it."""
    read = read_document(path, content)
    if isinstance(read, Flaw):
        return Skipped(path=path, why=str(read))
    roots, blots = read
    return Endpoint(path=path, lines=text_lines(content), roots=roots, blots=blots, url=text(get(roots[0], "url")))
