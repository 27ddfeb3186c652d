"""Write what a run of `make real` found into docs/explanation/interoperability.md, between its markers."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from others import EVERYTHING, GIT, TIME
from scenarios import LAB, Cell
from staging import CLIENTS, REAL, ROOT, SERVERS

PAGE = ROOT / "docs" / "explanation" / "interoperability.md"
BETWEEN = re.compile(r"(<!-- results -->\n).*(<!-- end -->)", re.DOTALL)


def results() -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((REAL / "results").glob("*.json"))]


def verdict(result: dict[str, Any] | None) -> str:
    """`modern 16` where all scenarios came out equal, else what did not."""
    if result is None:
        return ""
    outcome = result["outcome"]
    bad = sorted(name for name, word in outcome.items() if word != "yes")
    era = result["cell"]["era"]
    return (
        f"{era} {len(outcome) - len(bad)} of {len(outcome)}: not {', '.join(bad)}" if bad else f"{era} {len(outcome)}"
    )


def grid(found: list[dict[str, Any]]) -> str:
    """Clients against servers: the era that was spoken, and how many scenarios came out equal."""
    by_cell = {Cell(**result["cell"]): result for result in found}
    places = [
        (s, t) for s in SERVERS for t in ("http", "stdio") if any((c.server, c.transport) == (s, t) for c in by_cell)
    ]
    clients = [client for client in CLIENTS.values() if any(cell.client == client.name for cell in by_cell)]
    lines = ["| server | over | " + " | ".join(client.title for client in clients) + " |"]
    lines.append("|---" * (len(clients) + 2) + "|")
    for server, transport in places:
        cells = {
            cell.client: result
            for cell, result in by_cell.items()
            if (cell.server, cell.transport) == (server, transport)
        }
        words = " | ".join(verdict(cells.get(client.name)) for client in clients)
        lines.append(f"| {SERVERS[server].title} | {transport} | {words} |")
    return "\n".join(lines)


def scenarios() -> str:
    lines = ["| name | what is done |", "|---|---|"]
    lines += [f"| `{name}` | {scenario.title} |" for name, scenario in LAB.items()]
    return "\n".join(lines)


def titles() -> str:
    """The scenarios that published servers can be put through."""
    sets = {"server-everything": EVERYTHING, "mcp-server-git": GIT, "mcp-server-time": TIME}
    return "; ".join(f"{name}: {', '.join(s.title for s in scenarios.values())}" for name, scenarios in sets.items())


def main() -> int:
    found = results()
    if not found:
        sys.stderr.write("there are no results: run `make real` first\n")
        return 1
    text = f"{grid(found)}\n\nThe scenarios of the laboratory servers:\n\n{scenarios()}\n\nPublished servers: {titles()}.\n"
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(BETWEEN.sub(lambda match: match[1] + "\n" + text + "\n" + match[2], page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
