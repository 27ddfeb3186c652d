"""Fuzz one target with atheris: `python fuzz/run.py TARGET [options of libFuzzer]`. `make fuzz` runs them all."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["yett"]):
    import targets

HERE = Path(__file__).parent


def main() -> None:
    """Run until told to stop; an input that breaks a promise is written to `fuzz/found`."""
    name, *options = sys.argv[1:]
    if name not in targets.TARGETS:
        sys.exit(f"error: no target `{name}`: {', '.join(targets.TARGETS)}")
    found = HERE / "found" / name
    found.mkdir(parents=True, exist_ok=True)
    fresh = HERE / "grown" / name
    fresh.mkdir(parents=True, exist_ok=True)
    seeds = HERE / "corpus" / name
    arguments = [sys.argv[0], f"-artifact_prefix={found}/", "-timeout=10", "-rss_limit_mb=2048", *options]
    atheris.Setup([*arguments, str(fresh), str(seeds)], lambda given: targets.run(name, given))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
