"""Bundle: the `manifest.json` of an `.mcpb` bundle (formerly `.dxt`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from yett.auditor.clients.entry import launch
from yett.auditor.clients.launch import Launch, Launches, Setting
from yett.auditor.documents.document import get, pairs, read_document, text, text_lines, truth
from yett.auditor.documents.flaw import Flaw
from yett.auditor.subject import Skipped
from yett.config.node import Map, Node, Scalar


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle(Launches):
    """What a bundle starts, and what it asks its user for."""

    asks: tuple[Setting, ...] = ()
    """`user_config`: the name of each question; the value is its kind, `secret` whether it is marked `sensitive`."""


def claims(path: str, content: str) -> bool:
    """Whether a file is one: a manifest of browser extensions has the same name, and no server."""
    return PurePosixPath(path).name == "manifest.json" and '"mcp_config"' in content


def parse(path: str, content: str) -> Bundle | Skipped:
    """Read it."""
    read = read_document(path, content)
    if isinstance(read, Flaw):
        return Skipped(path=path, why=str(read))
    roots, blots = read
    root = roots[0]
    return Bundle(
        path=path,
        lines=text_lines(content),
        roots=roots,
        blots=blots,
        launches=tuple(_launches(root)),
        asks=tuple(_asks(get(root, "user_config"))),
        reference="${user_config.NAME}",
    )


def _launches(root: Node) -> Iterator[Launch]:
    name = text(get(root, "name")) or "bundle"
    config = get(root, "server", "mcp_config")
    variants = [node for _, _, node in pairs(get(config, "platform_overrides"))]
    for node in (config, *variants):
        if isinstance(node, Map) and (found := launch(name, node.span, node)) is not None:
            yield found


def _asks(node: Node | None) -> Iterator[Setting]:
    for name, span, question in pairs(node):
        kind = get(question, "type")
        if isinstance(kind, Scalar) and isinstance(kind.value, str):
            yield Setting(name=name, value=Scalar(kind.value, span), secret=bool(truth(get(question, "sensitive"))))
