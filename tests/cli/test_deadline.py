import contextlib
import signal
import time

import pytest

from yett.cli.deadline import TookTooLong, deadline


def spin(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_the_time_of_the_processor_is_bounded():
    started = time.process_time()
    with pytest.raises(TookTooLong), deadline(1):
        spin(30)
    assert time.process_time() - started < 15


def test_nobody_who_catches_exceptions_catches_it():
    def swallowing():
        while True:
            with contextlib.suppress(Exception):
                spin(30)

    with pytest.raises(TookTooLong), deadline(1):
        swallowing()


def test_what_ends_in_time_is_left_alone():
    before = signal.getsignal(signal.SIGVTALRM)
    with deadline(1):
        pass
    spin(1.2)
    assert signal.getsignal(signal.SIGVTALRM) == before


def test_zero_is_no_bound():
    with deadline(0):
        spin(0.1)
