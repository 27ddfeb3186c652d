"""Write docs/reference/reasons.md from the `Reason` constants in src/yett: every way that Yett says no.

`--check` only compares. Fails when two constants share a code, or a reason is not declared as house rules demand.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from yett.core.reason import Reason

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
PAGE = ROOT / "docs" / "reference" / "reasons.md"
CODE = re.compile(r"[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*")
INTRODUCTION = """\
# Reasons

Every way that Yett says no, or that something broke. The *code* is stable: it stands in the ledger and in metrics, so
alerts may rely on it. The *kind* decides how a refusal looks on the wire. The caller reads the *public words* and
nothing else; the detail of a case stays in the ledger.

This page is generated from the code by `make docs`.
"""


class Declared(NamedTuple):
    """A reason, and where it is declared."""

    module: str
    reason: Reason


class Place(NamedTuple):
    """Where a call of `Reason` stands; `name` is empty unless it makes a module-level constant."""

    module: str
    line: int
    name: str


def places(module: str, text: str) -> Iterator[Place]:
    """Every call of `Reason(...)` in a module's text."""
    tree = ast.parse(text)
    assigned = [(node.value, node.targets[0]) for node in tree.body if isinstance(node, ast.Assign)]
    assigned += [(node.value, node.target) for node in tree.body if isinstance(node, ast.AnnAssign) if node.value]
    names = {id(value): target.id for value, target in assigned if isinstance(target, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reason":
            yield Place(module, node.lineno, names.get(id(node), ""))


def all_places(source: Path) -> Iterator[Place]:
    """Every place below `source` that makes a reason."""
    for path in sorted(source.rglob("*.py")):
        module = ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        yield from places(module, path.read_text(encoding="utf-8"))


def declared(place: Place) -> Declared:
    """The reason that a place makes."""
    reason = getattr(importlib.import_module(place.module), place.name)
    if not isinstance(reason, Reason):
        raise TypeError(f"`{place.module}.{place.name}` is no reason")
    return Declared(place.module, reason)


def problems(found: Sequence[Declared], strays: Sequence[Place]) -> list[str]:
    """What breaks the house rules about reasons; empty when nothing does."""
    hidden = [f"{place.module}:{place.line}: a reason that is not a module-level constant" for place in strays]
    odd = [f"{module}: `{r.code}` is not `<part>.<what>`" for module, r in found if not CODE.fullmatch(r.code)]
    owners: dict[str, list[str]] = {}
    for module, reason in found:
        owners.setdefault(reason.code, []).append(module)
    shared = [f"`{code}` is declared in {' and '.join(m)}" for code, m in sorted(owners.items()) if len(m) > 1]
    return hidden + odd + shared


def page(found: Sequence[Declared]) -> str:
    """The page, one table for each part."""
    ordered = sorted(found, key=lambda d: d.reason.code)
    sections = [INTRODUCTION]
    for part, group in groupby(ordered, key=lambda d: d.reason.code.partition(".")[0]):
        rows = [f"| `{r.code}` | {r.kind.value} | {cell(r.public)} | `{module}` |" for module, r in group]
        sections.append(
            "\n".join([f"## {part}", "", "| code | kind | public words | module |", "|---|---|---|---|", *rows])
        )
    return "\n\n".join(section.strip("\n") for section in sections) + "\n"


def cell(text: str) -> str:
    """Text as it may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> int:
    """Return 1 when a rule is broken or, with `--check`, when the page is not current."""
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true")
    mode.add_argument("--check", action="store_true")
    write = parser.parse_args().write

    every = list(all_places(SOURCE))
    found = [declared(place) for place in every if place.name]
    broken = problems(found, [place for place in every if not place.name])
    wanted = page(found)
    if write:
        PAGE.write_text(wanted, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != wanted:
        broken.append(f"`{PAGE.relative_to(ROOT)}` is not current: run `make docs`")
    for problem in broken:
        print(problem)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
