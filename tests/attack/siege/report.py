"""What came of it: the table by group, the list of what is not yet, and the page in docs/."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from siege.campaign import Attempt
from siege.cases import LETTERS, TITLES, Case

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "attack-results.md"
HEAD = ("group", "cases", "run", "variants", "attempts", "passed", "bypassed", "not yet")


@dataclass
class Results:
    """All attempts, by case."""

    rows: Sequence[Case]
    attempts: dict[str, list[Attempt]] = field(default_factory=lambda: defaultdict(list))

    def add(self, attempts: Iterable[Attempt]) -> None:
        """Take what one campaign brought."""
        for attempt in attempts:
            self.attempts[attempt.case].append(attempt)

    def bypassed(self) -> list[Attempt]:
        """Every attempt that did not end as it must."""
        return [attempt for attempts in self.attempts.values() for attempt in attempts if attempt.problems]

    def table(self) -> list[tuple[str, ...]]:
        """One line a group, and their sum."""
        lines = [self._line(letter) for letter in (*LETTERS, "W")]
        total = tuple(sum(line[column] for line in lines) for column in range(1, len(HEAD)))  # type: ignore[misc] # numbers
        return [(str(line[0]), *map(str, line[1:])) for line in (*lines, ("all", *total))]

    def _line(self, letter: str) -> tuple[str | int, ...]:
        rows = [row for row in self.rows if row.letter == letter]
        attempts = [attempt for row in rows for attempt in self.attempts[row.id]]
        variants = {(attempt.case, attempt.what) for attempt in attempts}
        bad = sum(bool(attempt.problems) for attempt in attempts)
        absent = sum(not row.variants for row in rows)
        name = f"{letter} {TITLES[letter]}"
        return name, len(rows), len(rows) - absent, len(variants), len(attempts), len(attempts) - bad, bad, absent


def text(results: Results) -> str:
    """The table for a terminal, then what is not yet, then what got through."""
    lines = [HEAD, *results.table()]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    shown = [
        "  ".join(
            cell.ljust(w) if not n else cell.rjust(w) for n, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    shown.append("")
    shown += [
        f"not yet: {row.id} {row.title}: {row.not_yet}" for row in results.rows if row.not_yet and not row.variants
    ]
    shown += [
        f"in part: {row.id} {row.title}: not yet: {row.not_yet}" for row in results.rows if row.not_yet and row.variants
    ]
    shown.append("")
    for attempt in results.bypassed():
        shown.append(f"BYPASS {attempt.case} {attempt.what} [{attempt.lane}]")
        shown += [f"    {problem}" for problem in attempt.problems]
    return "\n".join(shown)


def page(results: Results, about: str) -> str:
    """The same as a page of the documentation."""
    lines = [
        "# Attack results",
        "",
        "Written by `make attack`; [what it does](../explanation/attack-suite.md).",
        "",
        about,
        "",
    ]
    lines += [f"| {' | '.join(HEAD)} |", f"|---{'|--:' * (len(HEAD) - 1)}|"]
    lines += [f"| {' | '.join(line)} |" for line in results.table()]
    lines += [
        "",
        "An attempt is one variant in one configuration. A case is *run* when at least one of its variants is.",
        "",
    ]
    lines += ["## Not yet", "", "| case | what | why |", "|---|---|---|"]
    lines += [f"| {row.id} | {row.title} | {row.not_yet} |" for row in results.rows if row.not_yet and not row.variants]
    lines += ["", "## Run in part", "", "| case | what | what is missing |", "|---|---|---|"]
    lines += [f"| {row.id} | {row.title} | {row.not_yet} |" for row in results.rows if row.not_yet and row.variants]
    lines += ["", "## Every case", "", "| case | what | attempts |", "|---|---|--:|"]
    for row in results.rows:
        if row.variants and row.letter != "W":
            lines.append(f"| {row.id} | {row.title} | {len(results.attempts[row.id])} |")
    probes = [row.title for row in results.rows if row.letter == "W"]
    lines += ["", "## HTTP/1.1 probes", "", f"{len(probes)} ids: {', '.join(f'`{probe}`' for probe in probes)}."]
    return "\n".join(lines) + "\n"
