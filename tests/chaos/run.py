"""Break what a gateway stands on, one thing after the other, under load, and print what held. What `make chaos` runs.

python run.py [--short] [--kills N] [--only KEY ...] [--seed N] [--keep FOLDER] [--write PAGE]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from storm.fault import AT_ONCE, Row, Scale, suffer_all
from storm.faults import everything
from storm.page import page


def main() -> int:
    """Return 1 when something did not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a minute of it: fewer faults, less of each")
    parser.add_argument("--kills", type=int, help="how often the gateway is killed (200, with --short 20)")
    parser.add_argument("--only", nargs="+", metavar="KEY", choices=sorted(everything()), help="these faults")
    parser.add_argument("--seed", type=int, default=1, help="of what is random")
    parser.add_argument("--slack", type=float, default=1.0, help="factor on the bounds on times, for busy machines")
    parser.add_argument("--keep", type=Path, help="copy the folders of faults that did not pass to here")
    parser.add_argument("--write", type=Path, help="write the table as a page")
    given = parser.parse_args()
    kills = given.kills or (20 if given.short else 200)
    scale = Scale(long=not given.short, kills=kills, seed=given.seed, slack=given.slack)
    keys = given.only or [key for key, fault in everything().items() if fault.short or not given.short]
    began = time.monotonic()
    at_once = AT_ONCE if given.short else 1
    rows = asyncio.run(suffer_all(keys, scale, at_once=at_once, keep=given.keep, show=show))
    bad = [row for row in rows if row.problems]
    skipped = sum(1 for row in rows if row.skipped)
    say(f"\n{len(rows) - len(bad) - skipped} of {len(rows)} held, {skipped} skipped, {len(bad)} did not hold")
    say(f"in {time.monotonic() - began:.0f} s")
    if given.write:
        where = f"{platform.system()} {platform.release()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"
        given.write.write_text(page(rows, scale, where), "utf-8")
    return 1 if bad else 0


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def show(row: Row) -> None:
    """Print one row."""
    say(f"{row.verdict:8}{row.fault.key:20} {row.fault.what}  ({row.seconds:.0f} s)")
    say(f"{'':28} must: {row.fault.must}")
    for text in (f"skipped: {row.skipped}",) if row.skipped else row.measured:
        say(f"{'':28} {text}")
    for problem in row.problems:
        say(f"{'':28} DID NOT HOLD: {problem}")


if __name__ == "__main__":
    sys.exit(main())
