"""Gateway: a `yett.yaml` as a tree with places, and the servers that it starts or reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from yett.auditor.clients.entry import launch
from yett.auditor.clients.launch import Launch, Launches
from yett.auditor.documents.document import get, items, pairs, secrets_in, text, text_lines
from yett.auditor.subject import Skipped
from yett.config.client_entries import as_config
from yett.config.diagnostic import InvalidConfig
from yett.config.node import Map, Node, Scalar, Span
from yett.config.report import Report
from yett.config.yaml_reader import read


@dataclass(frozen=True, kw_only=True, slots=True)
class Gateway(Launches):
    """A config of the gateway."""

    def allowed(self) -> Iterator[tuple[str, str, Span]]:
        """Every rule of every role that allows something: role, pattern, place."""
        for role, _, node in pairs(get(self.root, "roles")):
            for item in items(get(node, "allow")):
                pattern = item
                if isinstance(item, Map) and len(item.entries) == 1:
                    # A pattern with a condition.
                    name, entry = next(iter(item.entries.items()))
                    pattern = Scalar(name, entry.span)
                if text(pattern):
                    yield role, text(pattern), pattern.span

    def servers(self) -> Iterator[tuple[str, Span]]:
        """The names of the servers, and where they stand."""
        for name, span, _ in pairs(get(self.root, "servers")):
            yield name, span


def claims(path: str, content: str) -> bool:
    """Whether a file is one: by its name, or by the sections that no other YAML has together."""
    name = PurePosixPath(path).name
    named = name in {"yett.yaml", "yett.yml"} or (name.endswith((".yaml", ".yml")) and "yett" in name)
    lines = {line.partition(":")[0] for line in content.splitlines() if line[:1].isalpha()}
    sections = bool(lines & {"servers", "mcpServers"}) and {"roles", "auth"} <= lines
    return (named and bool(lines & {"servers", "mcpServers"})) or (sections and name.endswith((".yaml", ".yml")))


def parse(path: str, content: str) -> Gateway | Skipped:
    """Read it as the gateway would, up to the point where it asks the machine."""
    report = Report(path, content)
    try:
        root: Node = as_config(read(content.encode("utf-8", "replace"), report), report)
    except InvalidConfig as error:
        return Skipped(path=path, why=f"not a config that the gateway reads: {error}")
    return Gateway(
        path=path,
        lines=text_lines(content),
        roots=(root,),
        blots=tuple(secrets_in((root,))),
        launches=tuple(_launches(root)),
        reference="${env:NAME}",
    )


def _launches(root: Node) -> Iterator[Launch]:
    for name, span, node in pairs(get(root, "servers")):
        if isinstance(node, Map) and (found := launch(name, span, node)) is not None:
            yield found
        elif isinstance(node, Scalar) and text(node):
            yield Launch(name=name, span=span, url=node)
