"""The finding as a page of the documentation, and as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steady.sample import ALLOWED
from steady.soak import Finding
from steady.trend import Trend

HEAD = """\
# Soak: what was measured

Written by `make soak`; not to be edited. What is run, and how growth is judged: [Soak](../explanation/soak.md).

{where}. {minutes:.0f} minutes of mixed load, {turns} turns, {rate:.0f} a second, {processor:.0f}% of one CPU; the first
quarter is not judged. {effects} calls reached the servers; the ledger holds {intents} intents, as many outcomes, and
{refusals} refusals, and its chain verifies. **{verdict}**

| | at first | at last | growth per hour, 95% limits | over the time | allowed | |
|---|--:|--:|--:|--:|--:|---|
"""
TRAFFIC = """
## Traffic

| | clients | turns | not as they should be |
|---|--:|--:|--:|
"""
TABLES = 20


def page(finding: Finding, where: str) -> str:
    """All of it as Markdown."""
    verdict = "Nothing grew." if not finding.problems else f"{len(finding.problems)} things were not as they should be."
    head = HEAD.format(
        where=where,
        minutes=finding.seconds / 60,
        turns=finding.turns,
        rate=finding.turns / finding.seconds,
        processor=100 * finding.processor / finding.seconds,
        effects=finding.effects,
        intents=finding.records["intent"],
        refusals=finding.records["refusal"],
        verdict=verdict,
    )
    parts = [head, *(f"| {' | '.join(row)} |\n" for row in rows(finding))]
    parts += [f"\n* {problem}\n" for problem in finding.problems]
    parts.append(TRAFFIC)
    for tally in finding.tallies:
        parts.append(f"| {tally.part.what} | {tally.part.clients} | {tally.turns} | {tally.wrong} |\n")
    return "".join(parts)


def text(finding: Finding) -> str:
    """What a terminal shows at the end."""
    lines = list(rows(finding))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    shown += [f"{tally.turns:8} {tally.part.what}" for tally in finding.tallies]
    shown += [f"NOT AS IT SHOULD BE: {problem}" for problem in finding.problems]
    return "\n".join(shown)


def rows(finding: Finding) -> Iterator[Sequence[str]]:
    """The levels, then the tables that grow or are largest."""
    tables = {name: one for name, one in finding.trends.items() if name not in ALLOWED}
    largest = sorted(tables, key=lambda name: (tables[name].grows, tables[name].last), reverse=True)[:TABLES]
    yield from (_row(name, finding.trends[name]) for name in (*ALLOWED, *largest))
    rest = len(tables) - len(largest)
    if rest > 0:
        yield (f"{rest} smaller tables", *[""] * 4, "", "ok")


def _row(name: str, one: Trend) -> Sequence[str]:
    verdict = "GROWS" if one.grows else "ok"
    slope = f"{one.slope:+.1f} ({one.low:+.1f} to {one.high:+.1f})"
    return name, f"{one.first:.1f}", f"{one.last:.1f}", slope, f"{one.grown:+.1f}", f"{one.allowed:.1f}", verdict
