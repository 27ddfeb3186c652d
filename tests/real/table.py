"""Write what a run of `make real` found into docs/explanation/interoperability.md, between its markers."""

from __future__ import annotations

import json
import re
import sys
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from others import EVERYTHING, GIT, TIME
from scenarios import LAB, Cell
from staging import CLIENTS, JSON, REAL, ROOT, SERVERS

PAGE = ROOT / "docs" / "explanation" / "interoperability.md"
BETWEEN = re.compile(r"(<!-- results -->\n).*(<!-- end -->)", re.DOTALL)


def results() -> dict[Cell, JSON]:
    found = [json.loads(path.read_text()) for path in sorted((REAL / "results").glob("*.json"))]
    return {Cell(**result["cell"]): result["outcome"] for result in found}


def verdict(cell: Cell | None, outcome: JSON) -> str:
    """`modern 16` where all scenarios came out equal, else what did not."""
    if cell is None:
        return ""
    bad = sorted(name for name, word in outcome.items() if word != "yes")
    words = f"{cell.era} {len(outcome) - len(bad)}"
    return f"{words} of {len(outcome)}: not {', '.join(bad)}" if bad else words


def grid(found: dict[Cell, JSON]) -> str:
    """Servers against clients: the era that was spoken, and how many scenarios came out equal."""
    clients = [client for client in CLIENTS.values() if any(cell.client == client.name for cell in found)]
    lines = ["| server | over | " + " | ".join(client.title for client in clients) + " |"]
    lines.append("|---" * (len(clients) + 2) + "|")
    for server, transport in product(SERVERS.values(), ("http", "stdio")):
        row = {cell.client: cell for cell in found if (cell.server, cell.transport) == (server.name, transport)}
        cells = [row.get(client.name) for client in clients]
        if row:
            words = " | ".join(verdict(cell, found.get(cell, {})) for cell in cells)
            lines.append(f"| {server.title} | {transport} | {words} |")
    return "\n".join(lines)


def scenarios() -> str:
    lines = ["| name | what is done |", "|---|---|"]
    lines += [f"| `{name}` | {scenario.title} |" for name, scenario in LAB.items()]
    return "\n".join(lines)


def of_published() -> str:
    """The scenarios that published servers can be put through."""
    sets = {"server-everything": EVERYTHING, "mcp-server-git": GIT, "mcp-server-time": TIME}
    return "; ".join(f"{name}: {', '.join(each.title for each in chosen.values())}" for name, chosen in sets.items())


def main() -> int:
    found = results()
    if not found:
        sys.stderr.write("there are no results: run `make real` first\n")
        return 1
    parts = ["", grid(found), "The scenarios of the laboratory servers:", scenarios(), f"Of {of_published()}.", ""]
    text = "\n\n".join(parts).lstrip("\n")
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(BETWEEN.sub(lambda match: f"{match[1]}\n{text}{match[2]}", page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
