"""Workflow: a file of GitHub Actions: what starts it, what its jobs may do, and their steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from yett.auditor.documents.document import Document, get, items, pairs, read_document, text, text_lines
from yett.auditor.documents.flaw import Flaw
from yett.auditor.subject import Skipped
from yett.config.node import List, Map, Node, Scalar, Span

_PATH: Final = re.compile(r"(?:^|/)\.github/workflows/[^/]+\.ya?ml\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of a job; `job` is its name, `gated` whether it runs on a condition or waits for an approval."""

    job: str
    node: Map
    gated: bool = False

    @property
    def uses(self) -> Scalar | None:
        """The action that it runs."""
        found = get(self.node, "uses")
        return found if isinstance(found, Scalar) and text(found) else None

    @property
    def given(self) -> Node | None:
        """What the action is given."""
        return get(self.node, "with")

    def scripts(self) -> Iterator[tuple[Span, str]]:
        """The texts that are run: of a shell, and of `actions/github-script`; where each key stands."""
        for holder, key in ((self.node, "run"), (self.given, "script")):
            found = get(holder, key)
            if isinstance(holder, Map) and text(found):
                yield holder.entries[key].span, text(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Workflow(Document):
    """A workflow. `triggers` are the names of the events that start it."""

    triggers: frozenset[str]
    steps: tuple[Step, ...]

    @property
    def trusted(self) -> bool:
        """Whether it holds what a thief would want: secrets of the repository, or a right to write."""
        return any("secrets." in line for line in self.lines) or any(_writes(root) for root in self.roots)


def claims(path: str, content: str) -> bool:
    """Whether a file is one, by where it stands."""
    return bool(_PATH.search(path)) and "jobs" in content


def parse(path: str, content: str) -> Workflow | Skipped:
    """Read it."""
    read = read_document(path, content)
    if isinstance(read, Flaw):
        return Skipped(path=path, why=str(read))
    roots, blots = read
    root = roots[0] if roots else None
    steps = tuple(
        Step(job=name, node=step, gated=any(get(holder, key) for holder, key in _gates(job, step)))
        for name, _, job in pairs(get(root, "jobs"))
        for step in items(get(job, "steps"))
        if isinstance(step, Map)
    )
    triggers = frozenset(_triggers(get(root, "on")))
    return Workflow(path=path, lines=text_lines(content), roots=roots, blots=blots, triggers=triggers, steps=steps)


def _gates(job: Node, step: Node) -> Iterator[tuple[Node, str]]:
    yield from ((job, "if"), (job, "environment"), (step, "if"))


def _triggers(node: Node | None) -> Iterator[str]:
    if isinstance(node, Map):
        yield from node.entries
    for item in node.items if isinstance(node, List) else [node]:
        if text(item):
            yield text(item)


def _writes(root: Node) -> bool:
    holders = [root, *(job for _, _, job in pairs(get(root, "jobs")))]
    return any(
        text(get(holder, "permissions")) == "write-all"
        or any(text(value) == "write" for _, _, value in pairs(get(holder, "permissions")))
        for holder in holders
    )
