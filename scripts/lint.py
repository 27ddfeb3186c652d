"""Run every check, say which passed, and show the output of those that did not. `--write` renews generated pages."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable


class Check(NamedTuple):
    """One check: what it is called, and the command that fails when it does not hold."""

    name: str
    command: tuple[str, ...]


def generators(flag: str) -> list[Check]:
    """Scripts that keep README.md and pages of docs/ current, in order: the list of pages comes after the pages."""
    names = ("generate_reasons", "generate_docs", "generate_api", "generate_audit", "generate_readme", "generate_index")
    scripts = [(name, ROOT / "scripts" / f"{name}.py") for name in names]
    return [Check(name, (PYTHON, str(script), flag)) for name, script in scripts if script.exists()]


def checks() -> list[Check]:
    """All checks, the quickest first."""
    return [
        Check("ruff check", (str(BIN / "ruff"), "check", "--quiet", ".")),
        Check("ruff format", (str(BIN / "ruff"), "format", "--quiet", "--check", ".")),
        Check("mirror", (PYTHON, "scripts/check_mirror.py")),
        Check("floors", (str(BIN / "lint-imports"),)),
        *generators("--check"),
        Check("docs", (PYTHON, "scripts/check_docs.py")),
        Check("mypy yett", (PYTHON, "-m", "mypy")),
        Check("mypy scripts, examples, bench", (PYTHON, "-m", "mypy", "scripts", "examples", "bench")),
    ]


def passed(check: Check) -> bool:
    """Run one check and print a line about it."""
    started = time.monotonic()
    result = subprocess.run(
        check.command, cwd=ROOT, check=False, text=True, stdin=subprocess.DEVNULL, capture_output=True
    )
    print(
        f"{'ok  ' if result.returncode == 0 else 'FAIL'} {check.name} ({time.monotonic() - started:.1f} s)", flush=True
    )
    if result.returncode:
        print((result.stdout + result.stderr).rstrip(), flush=True)
    return result.returncode == 0


def main() -> int:
    """Return 1 when a check failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="only write the generated pages of docs/ anew")
    wanted = generators("--write") if parser.parse_args().write else checks()
    results = [passed(check) for check in wanted]
    print(f"{sum(results)} of {len(results)} checks passed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
