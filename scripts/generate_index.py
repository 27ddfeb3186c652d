"""Keep the lists of pages in docs/index.md current: every page of a folder, by its title.

A list stands between `<!-- pages: FOLDER -->` and `<!-- end -->`. A new page thus appears by itself. `--check` only
compares.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
LIST = re.compile(r"(<!-- pages: (?P<folder>[a-z/-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def title(page: Path) -> str:
    """A page's first heading."""
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            return line.removeprefix("# ").strip()
    return page.stem


def listed(docs: Path, folder: str) -> str:
    """The pages right in one folder, in the order of their file names."""
    pages = sorted((docs / folder).glob("*.md"))
    return "".join(f"- [{title(page)}]({page.relative_to(docs).as_posix()})\n" for page in pages)


def renewed(docs: Path, text: str) -> str:
    """The index with every list written anew."""
    return LIST.sub(lambda match: match[1] + listed(docs, match["folder"]) + match[3], text)


def main() -> int:
    """Return 1 when, with `--check`, the index is not current."""
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true")
    mode.add_argument("--check", action="store_true")
    write = parser.parse_args().write

    index = DOCS / "index.md"
    text = index.read_text(encoding="utf-8")
    wanted = renewed(DOCS, text)
    if write:
        index.write_text(wanted, encoding="utf-8")
    elif text != wanted:
        print("`docs/index.md` is not current: run `make docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
