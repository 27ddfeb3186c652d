from __future__ import annotations

import subprocess
import sys

PROBE = """
import ctypes, resource
from yett.cli.closed import close
close()
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


def test_no_core_and_no_reading_by_others():
    # Bypass S-03, P-08: a stdio server could read the gateway's secrets from /proc/PPID/environ.
    found = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert found.stdout == "(0, 0) 0\n"
