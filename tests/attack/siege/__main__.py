"""`python -m siege`: the whole suite against running gateways; prints the table and fails on any bypass."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from siege import canaries, differential, report
from siege.campaign import Attempt, Campaign, Lane
from siege.cases import Case, Proof
from siege.castle import Castle
from siege.rows import every

ROOT = Path(__file__).resolve().parents[3]
LANES = (Lane("modern", "web"), Lane("legacy", "web"), Lane("modern", "proc"), Lane("legacy", "proc"))
SHORT_LANES = (Lane("modern", "web"), Lane("legacy", "proc"))
UNDER_TLS = ("H", "W", "J", "M", "A")
"""Groups that run a second time with TLS; the stories of T run there only."""


def prove(rows: Sequence[Case], folder: Path) -> list[Attempt]:
    """Run the tests elsewhere that rows name as their proofs, all in one go."""
    proofs = [(row, variant) for row in rows for variant in row.variants if isinstance(variant, Proof)]
    nodes = sorted({proof.node for _, proof in proofs})
    if not nodes:
        return []
    file = folder / "proofs.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", f"--junitxml={file}", *nodes]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    failed, passed = outcomes(file)
    if not passed:
        raise RuntimeError(f"the proofs did not run:\n{run.stdout}{run.stderr}")
    attempts = []
    for row, proof in proofs:
        name = proof.node.replace("/", ".").replace(".py::", "::")
        problems = [f"{proof.node} failed"] if any(one.startswith(name) for one in failed) else []
        if not problems and not any(one.startswith(name) for one in passed):
            problems = [f"{proof.node} did not run"]
        attempts.append(Attempt(row.id, proof.what, "test", problems))
    return attempts


def outcomes(file: Path) -> tuple[set[str], set[str]]:
    """Which tests failed and which passed, as `tests.part.test_file::test_name`."""
    failed, passed = set(), set()
    if file.exists():
        for one in ET.parse(file).iter("testcase"):  # noqa: S314 - written by pytest a moment ago
            name = f"{one.get('classname')}::{one.get('name')}"
            (failed if one.find("failure") is not None or one.find("error") is not None else passed).add(name)
    return failed, passed


def campaigns(rows: Sequence[Case], folder: Path, *, long: bool) -> list[Attempt]:
    """Run all rows without TLS, and once more with it where that makes a difference."""
    attempts: list[Attempt] = []
    plain = [row for row in rows if row.letter != "T"]
    if plain:
        with Castle(folder / "plain") as castle:
            campaign = Campaign(castle)
            attempts += campaign.run(plain, LANES if long else SHORT_LANES, long=long)
            attempts += [swept(castle)]
            attempts += differential.compare(castle)
    secure = [row for row in rows if row.letter == "T"]
    again = [row for row in plain if row.letter in UNDER_TLS] if long else []
    if secure or again:
        with Castle(folder / "tls", tls=True) as castle:
            campaign = Campaign(castle)
            attempts += campaign.run(again, LANES[:2], long=False, stories=False)
            attempts += campaign.run(secure, LANES, long=long)  # last: they change the certificate
            attempts += [swept(castle)]
    return attempts


def swept(castle: Castle) -> Attempt:
    """Search everything that was written during a campaign for the secrets planted before it."""
    found = canaries.sweep(castle)
    what = "after everything, every planted secret in all that was written"
    return Attempt("S-01", what, "tls" if castle.tls else "plain", found)


def compared(results: report.Results) -> list[Attempt]:
    """Say so when a whole run sent too few documents on for their readers to be compared."""
    if any(one.lane == "readers" for one in results.attempts["J-26"]):
        return []
    return [Attempt("J-26", "the documents that went on", "readers", ["there were too few to compare their readers"])]


def main() -> int:
    """Return 1 when anything got through."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer configurations and no long stories")
    parser.add_argument("--group", default="", help="letters of the groups to run")
    parser.add_argument("--write", action="store_true", help="write docs/reference/attack-results.md")
    given = parser.parse_args()
    rows = [row for row in every() if not given.group or row.letter in given.group]
    results = report.Results(rows)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="siege-") as place:
        results.add(campaigns(rows, Path(place), long=not given.short))
        results.add([] if given.short else prove(rows, Path(place)))
        if not given.group:
            results.add(compared(results))
    seconds = time.monotonic() - started
    sys.stdout.write(report.text(results) + "\n")
    slowest = sorted((one for ones in results.attempts.values() for one in ones), key=lambda one: -one.seconds)[:8]
    longest = ", ".join(f"{one.case} {one.what[:30]} {one.seconds:.1f} s" for one in slowest)
    sys.stdout.write(f"{seconds:.0f} s; slowest: {longest}\n")
    if given.write and not given.short and not given.group:
        report.PAGE.write_text(report.page(results, about()), "utf-8")
    return 1 if results.bypassed() else 0


def about() -> str:
    """What was attacked, and which JSON readers were at hand."""
    from yett import __version__

    readers = ", ".join(differential.present())
    absent = f"; not at hand: {', '.join(differential.absent())}" if differential.absent() else ""
    python = sys.version.split()[0]
    return f"Yett {__version__}, Python {python}, {os.uname().sysname}. JSON read by {readers}{absent}."


if __name__ == "__main__":
    sys.exit(main())
