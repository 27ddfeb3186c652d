"""Compose: the services of a Compose file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from yett.auditor.documents.document import Document, get, items, pairs, read_document, text, text_lines
from yett.auditor.documents.flaw import Flaw
from yett.auditor.subject import Skipped
from yett.config.node import Map, Node, Scalar, Span

_NAME: Final = re.compile(r"(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml")


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """One service of it."""

    name: str
    span: Span
    node: Map

    def environment(self) -> Iterator[tuple[str, Scalar]]:
        """Names and values of its variables, in either form."""
        holder = get(self.node, "environment")
        for name, _, value in pairs(holder):
            if isinstance(value, Scalar):
                yield name, value
        for item in items(holder):
            name, equals, given = text(item).partition("=")
            if equals:
                yield name, Scalar(given, item.span)

    def mounts(self) -> Iterator[tuple[str, Span]]:
        """The host's folders that it is given."""
        for item in items(get(self.node, "volumes")):
            source = text(get(item, "source")) if isinstance(item, Map) else text(item).partition(":")[0]
            if source and (not isinstance(item, Map) or text(get(item, "type")) in {"bind", ""}):
                yield source, item.span


@dataclass(frozen=True, kw_only=True, slots=True)
class Compose(Document):
    """A Compose file."""

    services: tuple[Service, ...]


def claims(path: str, content: str) -> bool:
    """Whether a file is one, by its name."""
    return bool(_NAME.fullmatch(PurePosixPath(path).name)) and "services" in content


def parse(path: str, content: str) -> Compose | Skipped:
    """Read it."""
    read = read_document(path, content)
    if isinstance(read, Flaw):
        return Skipped(path=path, why=str(read))
    roots, blots = read
    root: Node | None = roots[0] if roots else None
    services = tuple(
        Service(name=name, span=span, node=node)
        for name, span, node in pairs(get(root, "services"))
        if isinstance(node, Map)
    )
    return Compose(path=path, lines=text_lines(content), roots=roots, blots=blots, services=services)
