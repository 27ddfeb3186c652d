"""Scores the audit on both sides of published flaws of MCP servers, and writes RESULTS.md.

Found: a finding of the pair's class within 4 lines of the flaw on the vulnerable side. False alarm: the same at the
fixed place on the fixed side, unless the fix is disputed. Noise: findings per 1,000 non-blank lines of source over all
fixed sides. The trees are read, never installed or run.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from corpus import Pair, pairs, side

from yett.auditor.analysis.files import claims
from yett.auditor.analysis.program import Program, SourceFile
from yett.auditor.finding import Confidence, Finding
from yett.auditor.gather import gather
from yett.auditor.judge import judge
from yett.auditor.registry import all_rules

RESULTS = Path(__file__).with_name("RESULTS.md")
NEAR = 4
CLASSES = {
    "command-injection": {78, 77, 88},
    "argument-injection": {88, 78},
    "path-traversal": {22, 59},
    "ssrf": {918},
    "sql-injection": {89},
    "code-injection": {94, 95, 78},
    "xss": {79},
    "readonly-bypass": {184},
    "missing-origin-check": {346, 1385},
    "missing-auth": {306, 862},
}
BASELINES = (
    ("best offline peer (of 107 pairs)", "32", "15 of 89", "3.0"),
    ("quietest useful peer (107)", "20", "7 of 89", "1.3"),
    ("semgrep, 687 public rules (107)", "20", "", "2.9"),
    ("bandit (107)", "7", "", ""),
)


class Audited(NamedTuple):
    """One tree: what was found, how much source it has, how long it took."""

    findings: tuple[Finding, ...]
    lines: int
    seconds: float


class Scored(NamedTuple):
    """One pair."""

    pair: Pair
    found: bool
    alarm: bool


def audited(tree: Path, project: str) -> Audited:
    """Everything the rules for source say about one tree."""
    files = {
        path.relative_to(tree).as_posix(): path.read_bytes()
        for path in sorted((tree / project).rglob("*"))
        if path.is_file() and not path.is_symlink() and claims(path.name, "") and "node_modules" not in path.parts
    }
    lines = sum(1 for content in files.values() for line in content.splitlines() if line.strip())
    started = time.process_time()
    gathered = gather(files)
    rules = [rule for rule in all_rules() if rule.judges() in (Program, SourceFile)]
    report = judge(gathered.subjects, rules)
    if report.broken:
        raise SystemExit(f"{tree}: {report.broken}")
    return Audited(report.findings, lines, time.process_time() - started)


def hit(findings: tuple[Finding, ...], kind: str, file: str, line: int | None) -> bool:
    """Whether a finding of the class stands near the place."""
    cwes = {rule.id: rule.cwe for rule in all_rules()}
    return line is not None and any(
        cwes[each.rule] in CLASSES[kind] and each.place.path == file and abs(each.place.line - line) <= NEAR
        for each in findings
    )


def main() -> int:
    """Score every pair, print each, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scratch", type=Path, help="folder for the trees, outside of the repository")
    parser.add_argument("--mirror", type=Path, help="folder with git directories OWNER+NAME/repo")
    parser.add_argument("--noise", action="store_true", help="print every finding on the fixed sides")
    arguments = parser.parse_args()
    trees: dict[tuple[str, str], Audited] = {}
    fixed: set[tuple[str, str]] = set()
    scored: list[Scored] = []
    for pair in pairs():
        hits: list[bool] = []
        for which in ("vulnerable", "fixed"):
            tree, project = side(pair, which, arguments.scratch, arguments.mirror)
            key = (str(tree), project)
            if key not in trees:
                trees[key] = audited(tree, project)
            fixed |= {key} if which == "fixed" else set()
            file = pair["file"] if which == "vulnerable" else pair.get("fixed_file") or pair["file"]
            hits.append(
                hit(trees[key].findings, pair["kind"], file, pair["line" if which == "vulnerable" else "fixed_line"])
            )
        scored.append(Scored(pair, hits[0], hits[1] and not pair["disputed"]))
        print(pair["name"], "found" if hits[0] else "MISSED", "FALSE ALARM" if scored[-1].alarm else "", flush=True)
    sides = [trees[key] for key in sorted(fixed)]
    if arguments.noise:
        for each in sides:
            for finding in each.findings:
                where = f"{finding.place.path}:{finding.place.line}"
                print(f"{finding.confidence.name:6} {finding.rule:28} {where} {finding.message}")
    text = page(scored, list(trees.values()), sides)
    RESULTS.write_text(text, encoding="utf-8")
    print(text)
    return 0


def row(each: Scored) -> str:
    """One pair's line."""
    found, alarm = "yes" if each.found else "**no**", "**yes**" if each.alarm else ""
    return f"| {each.pair['name']} | {each.pair['kind']} | {found} | {alarm} |"


def page(scored: list[Scored], trees: list[Audited], sides: list[Audited]) -> str:
    """RESULTS.md."""
    findings = [finding for each in sides for finding in each.findings]
    kilo = sum(each.lines for each in sides) / 1000
    proven = sum(1 for each in findings if each.confidence is Confidence.HIGH)
    judged = [each for each in scored if each.pair["fixed_line"] and not each.pair["disputed"]]
    found, alarms = sum(each.found for each in scored), sum(each.alarm for each in scored)
    speed = sum(each.lines for each in trees) / max(sum(each.seconds for each in trees), 0.001)
    rules = Counter(each.rule for each in findings)
    noise = f"{len(findings) / kilo:.2f} (high confidence {proven / kilo:.2f})"
    size = f"{kilo:,.0f},000 non-blank lines on the fixed sides; {speed:,.0f} lines a second on one core"
    lines = [
        "# The audit of source, measured",
        "",
        "Written by `bench/auditor/flaws.py`. Both sides of published flaws of MCP servers, read, never run.",
        "",
        "| | found | false alarms at fixed places | findings per 1,000 lines of fixed sides |",
        "|---|---|---|---|",
        f"| yett | {found} of {len(scored)} | {alarms} of {len(judged)} | {noise} |",
        *(f"| {name} | {count} | {alarm} | {per} |" for name, count, alarm, per in BASELINES),
        "",
        f"{size} (CPython {platform.python_version()}).",
        "",
        "| pair | class | found | false alarm |",
        "|---|---|---|---|",
        *(row(each) for each in scored),
        "",
        "| rule | findings on fixed sides |",
        "|---|---|",
        *(f"| `{rule}` | {count} |" for rule, count in rules.most_common()),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
