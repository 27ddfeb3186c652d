"""Measure the gateway beside nginx in one run, and write RESULTS.md and results.json. What `make bench` runs.

python bench/run.py [--quick] [--only MEASURE ...] [--out FOLDER]
BENCH_PYTHON=PATH: another interpreter for the gateway. Goals are reported, not asserted: 1 means that a measure failed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from yardstick import page
from yardstick.machine import machine
from yardstick.measures import MEASURES
from yardstick.programs import BenchError, missing
from yardstick.row import Row
from yardstick.stage import Stage


def main() -> int:
    """Run the measures, print rows as they come, and write the pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a minute or two of it; the figures are coarse")
    parser.add_argument("--only", nargs="+", metavar="MEASURE", choices=sorted(MEASURES), help=", ".join(MEASURES))
    parser.add_argument("--out", type=Path, help="where the results go (a short or partial run writes none without it)")
    given = parser.parse_args()
    absent = missing("nginx", "wrk", "taskset")
    for sentence in absent:
        print(f"error: {sentence}", file=sys.stderr)
    if absent:
        return 1
    began = time.monotonic()
    rows, failures = measured(list(given.only or MEASURES), quick=given.quick)
    facts = machine(quick=given.quick, seconds=time.monotonic() - began)
    out = given.out or (None if given.quick or given.only else Path(__file__).parent)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "RESULTS.md").write_text(page.markdown(rows, failures, facts), "utf-8")
        (out / "results.json").write_text(page.as_json(rows, failures, facts), "utf-8")
    goals = [row for row in rows if row.met is not None]
    missed = [row for row in goals if not row.met]
    print(f"\n{len(goals) - len(missed)} of {len(goals)} goals met, {len(failures)} measures failed, {facts['took']}")
    return 1 if failures else 0


def measured(names: list[str], *, quick: bool) -> tuple[list[Row], dict[str, str]]:
    """The rows of these measures, and why some of them failed."""
    rows: list[Row] = []
    failures: dict[str, str] = {}
    for name in names:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="yett-bench-") as folder:
            try:
                for row in MEASURES[name](Stage(folder=Path(folder), quick=quick)):
                    rows.append(row)
                    print(page.line(row), flush=True)
            except (BenchError, OSError) as error:
                failures[name] = str(error)
                print(f"FAILED {name}: {error}", file=sys.stderr, flush=True)
        print(f"{'':9}({name}: {time.monotonic() - began:.0f} s)", flush=True)
    return rows, failures


if __name__ == "__main__":
    sys.exit(main())
