"""Keep README.md's tables of results current: attack, conformance, speed. Nothing in them is typed by hand.

A table stands between `<!-- results: NAME -->` and `<!-- end -->`, and comes from what the commands wrote that measured
it. Without that there is a sentence instead of a table. `--check` only compares.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
README = "README.md"
ATTACK = "docs/reference/attack-results.md"
CONFORMANCE = "docs/reference/conformance-results.md"
SPEED = "bench/results.json"
BLOCK = re.compile(r"(<!-- results: (?P<name>[a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)
ATTACK_COLUMNS = ("group", "cases", "run", "attempts", "bypassed", "not yet")


class ResultsError(Exception):
    """The results are not as the command writes them; the message says what to run."""


def attack(root: Path) -> Iterator[str]:
    """One line a group of the threat catalogue, and their sum."""
    page = written(root, ATTACK, "make attack")
    if page is None:
        yield "Not measured yet: `make attack` does."
        return
    head, *lines = rows(page)
    if not set(ATTACK_COLUMNS) <= set(head) or not lines:
        raise ResultsError(f"`{ATTACK}` has no table by group: run `make attack`")
    columns = [head.index(name) for name in ATTACK_COLUMNS]
    yield from table(ATTACK_COLUMNS, [[line[column] for column in columns] for line in lines], right=True)


def conformance(root: Path) -> Iterator[str]:
    """One line a leg of the official suite: what passed directly, and through the gateway."""
    page = written(root, CONFORMANCE, "make conformance")
    if page is None:
        yield "Not measured yet: `make conformance` does."
        return
    legs = []
    for section in page.split("\n## ")[1:]:
        total = next((cells for cells in rows(section) if cells[0].startswith("**")), None)
        if total is not None:
            number, directly, through = (cell.strip("*") for cell in total)
            legs.append((section.partition("\n")[0], number.removesuffix(" scenarios"), directly, through))
    if not legs:
        raise ResultsError(f"`{CONFORMANCE}` has no sums: run `make conformance`")
    yield from table(("suite", "scenarios", "directly", "through Yett"), legs)


def speed(root: Path) -> Iterator[str]:
    """One line for each goal, met or not, and one for each that could not be measured."""
    text = written(root, SPEED, "make bench")
    if text is None:
        yield "Not measured yet: `make bench` does."
        return
    try:
        document = json.loads(text)
        lines = [goal(result) for result in document["results"] if result["met"] is not None]
        lines += [(name, "not measured", "", why.splitlines()[0]) for name, why in document["failures"].items()]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ResultsError(f"`{SPEED}` cannot be read ({error!r}): run `make bench`") from error
    yield from table(("what", "measured", "goal", "met"), lines)


def goal(result: dict[str, Any]) -> tuple[str, str, str, str]:
    """A result that has a goal."""
    bound = f"{'at least' if result['at_least'] else 'at most'} {result['goal']:g}{result['unit']}"
    ratio = f"{result['ratio']:.2f}x: " if result["ratio"] is not None else ""
    return (
        f"{result['group']}: {result['what']}",
        ratio + result["measured"],
        bound,
        "yes" if result["met"] else "**no**",
    )


TABLES: dict[str, Callable[[Path], Iterator[str]]] = {"attack": attack, "conformance": conformance, "speed": speed}


def written(root: Path, path: str, command: str) -> str | None:
    """What a command wrote; `None` when it was never run."""
    file = root / path
    if not file.exists():
        return None
    text = file.read_text(encoding="utf-8")
    if not text.strip():
        raise ResultsError(f"`{path}` is empty: run `{command}`")
    return text


def rows(page: str) -> list[list[str]]:
    """The cells of the first table of a page, its head first."""
    found: list[list[str]] = []
    for line in page.splitlines():
        if not line.startswith("|"):
            if found:
                break
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not set("".join(cells)) <= set("-: "):
            found.append(cells)
    return found


def table(head: Sequence[str], lines: Sequence[Sequence[str]], *, right: bool = False) -> Iterator[str]:
    """Rows as Markdown; `right` for columns of numbers."""
    mark = "--:" if right else "---"
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join(['---', *[mark] * (len(head) - 1)])}|"
    for line in lines:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |"


def renewed(root: Path, text: str) -> str:
    """The README with every table written anew. Raises `ResultsError`."""

    def fill(match: re.Match[str]) -> str:
        make = TABLES.get(match["name"])
        if make is None:
            raise ResultsError(f"no results `{match['name']}`: {', '.join(TABLES)}")
        return match[1] + "\n".join(make(root)) + "\n" + match[3]

    return BLOCK.sub(fill, text)


def main() -> int:
    """Return 1 when, with `--check`, the tables are not current, or when they cannot be made."""
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true")
    mode.add_argument("--check", action="store_true")
    write = parser.parse_args().write

    text = (ROOT / README).read_text(encoding="utf-8")
    try:
        wanted = renewed(ROOT, text)
    except ResultsError as error:
        print(f"error: {error}")
        return 1
    if write:
        (ROOT / README).write_text(wanted, encoding="utf-8")
    elif text != wanted:
        print(f"the tables of `{README}` are not current: run `make docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
