"""Keep a gateway busy with everything at once for some minutes, and see whether anything grows. What `make soak` runs.

python run.py [MINUTES] [--write PAGE] [--keep FOLDER] [--quiet]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "chaos"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from steady.page import page, text
from steady.soak import soak

TELLING = 10.0
"""Minutes that a page needs to be worth keeping."""


def main() -> int:
    """Return 1 when something grew, or went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", nargs="?", type=float, default=60.0, help="how long (60)")
    parser.add_argument("--write", type=Path, help=f"write the table as a page, where it took {TELLING:g} minutes")
    parser.add_argument("--keep", type=Path, help="copy the gateway's folder to here")
    parser.add_argument("--quiet", action="store_true", help="say nothing until the end")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="yett-soak-"))
    try:
        finding = asyncio.run(soak(folder, given.minutes, show=(lambda _: None) if given.quiet else say))
        if given.keep:
            shutil.copytree(folder, given.keep, dirs_exist_ok=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    say(text(finding))
    if given.write and given.minutes >= TELLING:
        where = f"{platform.system()} {platform.release()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"
        given.write.write_text(page(finding, where), "utf-8")
    return 1 if finding.problems else 0


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
