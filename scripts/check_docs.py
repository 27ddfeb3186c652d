"""Check the pages: every link leads to a file and heading that exist, and docs/index.md leads to every page."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?(?P<inline>[^()\s<>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\[[^\]]+\]:\s+<?(?P<reference>[^\s<>]+)>?", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(?P<text>.+?)\s*#*$", re.MULTILINE)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


class Link(NamedTuple):
    """A link to a place in this project: the page it stands on, as written, and where it leads."""

    page: Path
    written: str
    target: Path
    anchor: str


def pages(root: Path) -> list[Path]:
    """Every page of the project, the folders of tools left out."""
    beside = sorted(root.glob("*.md"))
    return [*beside, *sorted((root / "docs").rglob("*.md")), *sorted((root / "examples").rglob("*.md"))]


def links(page: Path) -> Iterator[Link]:
    """The links of a page that do not leave the project. Code is not searched."""
    text = CODE.sub("", FENCE.sub("", page.read_text(encoding="utf-8")))
    for match in [*LINK.finditer(text), *REFERENCE.finditer(text)]:
        written = match[1]
        if ELSEWHERE.match(written):
            continue
        path, _, anchor = unquote(written).partition("#")
        yield Link(page, written, (page.parent / path).resolve() if path else page.resolve(), anchor)


def anchors(page: Path) -> set[str]:
    """The names under which a page's headings can be linked, as Git hosts make them."""
    found: dict[str, int] = {}
    names = set()
    for match in HEADING.finditer(FENCE.sub("", page.read_text(encoding="utf-8"))):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match["text"])
        name = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        seen = found.get(name, 0)
        found[name] = seen + 1
        names.add(f"{name}-{seen}" if seen else name)
    return names


def broken(link: Link, root: Path) -> str:
    """What is wrong with a link; empty when nothing is."""
    here = f"{link.page.relative_to(root)}: `{link.written}`"
    if not link.target.is_relative_to(root.resolve()):
        return f"{here} leads out of the project"
    if not link.target.exists():
        return f"{here} leads nowhere"
    if link.anchor and (link.target.suffix != ".md" or link.anchor not in anchors(link.target)):
        return f"{here} names a heading that does not exist"
    return ""


def unreachable(root: Path) -> list[str]:
    """Pages below docs/ that no chain of links leads to, starting at the index."""
    index = (root / "docs" / "index.md").resolve()
    reached, waiting = {index}, [index]
    while waiting:
        targets = {link.target for link in links(waiting.pop()) if link.target.suffix == ".md" and link.target.exists()}
        waiting += targets - reached
        reached |= targets
    every = {page.resolve() for page in (root / "docs").rglob("*.md")}
    lost = sorted(every - reached)
    return [f"{page.relative_to(root.resolve())}: no link leads here from docs/index.md" for page in lost]


def problems(root: Path) -> list[str]:
    """Everything wrong with the pages; empty when nothing is."""
    if not (root / "docs" / "index.md").exists():
        return ["docs/index.md is missing"]
    found = [broken(link, root) for page in pages(root) for link in links(page)]
    return [problem for problem in found if problem] + unreachable(root)


def main() -> int:
    """Return 1 when something is wrong."""
    found = problems(ROOT)
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
