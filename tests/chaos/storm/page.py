"""The table as a page of the documentation."""

from __future__ import annotations

from collections.abc import Sequence

from storm.fault import Row, Scale

HEAD = """\
# Faults: what was measured

Written by `make chaos`; not to be edited. What each invariant means and how it is measured is in
[Faults](../explanation/faults.md). Besides what its row says, every fault must leave the invariants I1 to I6 whole.
Times come from a machine that did other things as well: what counts is which side of the bound they are on.

Measured on {where}; {held} of {all} faults held, {skipped} skipped.

| fault | what must hold | measured | |
|---|---|---|---|
"""


def page(rows: Sequence[Row], scale: Scale, where: str) -> str:
    """All rows as Markdown."""
    del scale
    skipped = sum(1 for row in rows if row.skipped)
    held = sum(1 for row in rows if row.verdict == "ok")
    head = HEAD.format(where=where, held=held, all=len(rows), skipped=skipped)
    return head + "".join(_line(row) for row in rows)


def _line(row: Row) -> str:
    told = [f"skipped: {row.skipped}"] if row.skipped else [*row.measured, *(f"**{text}**" for text in row.problems)]
    cells = (row.fault.what, row.fault.must, "; ".join(told), row.verdict)
    return f"| {' | '.join(cell.replace('|', ' ') for cell in cells)} |\n"
