"""For all tests: a busy machine is slow, and that is no failure. What must be quick is judged by processor time."""

from __future__ import annotations

import signal
import threading

from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def _let_interrupts_through() -> None:
    """Undo what a shell does to what it starts with `&`: SIGINT is ignored there, and so by what tests start.

    Tests that end a program with SIGINT, as people do, would wait for it for ever.
    """
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


_let_interrupts_through()
