from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROBE = """
import resource, sys
if sys.argv[1] == "kept":
    from yett.cli.memory import keep_memory
    print(keep_memory())
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        blocks = [b"x" * 1_000_000 for _ in range(4)]
        del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(faults())
"""

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the bounds are glibc's")


def faults(how: str) -> tuple[list[str], int]:
    ran = subprocess.run([sys.executable, "-c", PROBE, how], capture_output=True, text=True, check=True)
    *said, count = ran.stdout.split()
    return said, int(count)


@glibc
def test_memory_of_large_messages_is_kept_for_the_next() -> None:
    said, count = faults("kept")
    assert said == ["True"]
    assert count < 1_000


@glibc
def test_without_it_every_large_message_asks_the_kernel_again() -> None:
    assert faults("given back")[1] > 10_000


def test_a_library_without_such_bounds_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    import ctypes

    from yett.cli import memory

    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    assert memory.keep_memory() is False
    monkeypatch.setattr(sys, "platform", "darwin")
    assert memory.keep_memory() is False
