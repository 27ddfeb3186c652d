"""Load a gateway with everything at once, and see whether its memory stays flat. What `make soak` runs.

python bench/soak.py [--minutes N]
Prints what the process holds while it runs; 1 when it grew after the warm-up, or a call was not answered as it must be.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from yardstick.programs import BenchError
from yardstick.soaking import FLAT_MIB, soak
from yardstick.stage import Stage


def main() -> int:
    """Return 1 when memory was not flat."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (60)")
    minutes = parser.parse_args().minutes
    try:
        with tempfile.TemporaryDirectory(prefix="yett-soak-") as folder:
            grown = soak(Stage(folder=Path(folder)), minutes * 60, lambda text: print(text, flush=True))
    except (BenchError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    flat = grown <= FLAT_MIB
    print(f"{'flat' if flat else 'NOT FLAT'} for {minutes:g} min: {grown:+.1f} MiB ({FLAT_MIB:g} MiB allowed)")
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
