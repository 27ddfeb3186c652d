"""The gateway's interpreter, asked to measure something inside of itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from yardstick.gateway import ENVIRONMENT, PYTHON
from yardstick.programs import BenchError, program


def inside(what: str, core: int) -> float:
    """The number that this module of ours prints, from a process of its own on this core."""
    path = f"{ENVIRONMENT['PYTHONPATH']}:{Path(__file__).parents[1]}"
    ran = subprocess.run(
        [program("taskset"), "-c", str(core), PYTHON, "-P", "-m", f"yardstick.{what}"],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )
    if ran.returncode:
        raise BenchError(f"`{what}` could not be measured: {ran.stderr.strip()[-500:]}")
    return float(ran.stdout)
