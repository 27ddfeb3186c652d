"""The results as pages: a table for people, JSON for programs, and a line for who is watching."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby

from yardstick.row import Row


def line(row: Row) -> str:
    """One row on the terminal."""
    verdict = {True: "met", False: "NOT MET", None: ""}[row.met]
    ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
    return f"{verdict:8} {row.group}: {row.what}: {row.measured}  [{ratio}]  {row.wanted}"


def table(rows: Sequence[Row]) -> list[str]:
    """A Markdown table of rows that belong together."""
    lines = ["| what | measured | ratio | goal | met |", "|---|---|---|---|---|"]
    for row in rows:
        ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
        cells = (row.what, row.measured, ratio, row.wanted, row.verdict)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


def markdown(rows: Sequence[Row], failures: Mapping[str, str], facts: Mapping[str, str]) -> str:
    """The whole page."""
    goals = [row for row in rows if row.met is not None]
    missed = [row for row in goals if not row.met]
    lines = [
        "# Results of the benchmark",
        "",
        "Written by `make bench`; do not edit. [How it is measured](../docs/explanation/performance.md).",
        "",
        f"**{len(goals) - len(missed)} of {len(goals)} goals met.**",
    ]
    remarks = [f"Not met: {row.group}, {row.what} ({row.measured}; goal {row.wanted})." for row in missed]
    remarks += [f"Not measured: {name} ({why.splitlines()[0]})." for name, why in failures.items()]
    lines += ["", *(f"- {remark}" for remark in remarks)] if remarks else []
    lines += ["", "## The machine", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in facts.items()]
    for group, several in groupby(rows, key=lambda row: row.group):
        lines += ["", f"## {group[0].upper()}{group[1:]}", "", *table(list(several))]
    return "\n".join(lines) + "\n"


def as_json(rows: Sequence[Row], failures: Mapping[str, str], facts: Mapping[str, str]) -> str:
    """The same for programs."""
    results = [
        {
            "group": row.group,
            "what": row.what,
            "measured": row.measured,
            "ratio": row.ratio,
            "value": row.value,
            "goal": row.goal,
            "unit": row.unit,
            "at_least": row.least,
            "met": row.met,
            "numbers": row.numbers,
        }
        for row in rows
    ]
    return json.dumps({"machine": facts, "failures": failures, "results": results}, indent=1, ensure_ascii=False) + "\n"
