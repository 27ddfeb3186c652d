from __future__ import annotations

import os
import time

import pytest
from yardstick import proc

STAT = "4242 (a) b (c) S 1 4242 4242 0 -1 4194560 100 200 0 0 {utime} {stime} 50 60 20 0 1 0 99 1000 250"


def test_ticks_are_user_and_system_time_and_nothing_of_the_children() -> None:
    assert proc.ticks_of(STAT.format(utime=700, stime=31)) == 731


def test_a_program_may_have_brackets_in_its_name() -> None:
    assert proc.ticks_of("1 (x) 9 9 9) S" + " 0" * 10 + " 5 6 7") == 11


def test_resident_memory_is_in_kib() -> None:
    assert proc.resident_of("Name:\tyett\nVmHWM:\t  900 kB\nVmRSS:\t   812 kB\nThreads:\t1\n") == 812


def test_a_status_without_memory_is_an_error_and_not_zero() -> None:
    with pytest.raises(ValueError, match="no VmRSS"):
        proc.resident_of("Name:\tyett\nState:\tZ (zombie)\n")


def test_the_kernel_agrees_with_the_interpreter_about_this_process() -> None:
    end = time.process_time() + 0.2
    while time.process_time() < end:
        continue
    assert proc.cpu_seconds(os.getpid()) == pytest.approx(time.process_time(), abs=0.2, rel=0.05)
    assert proc.resident_kib(os.getpid()) > 1_000
