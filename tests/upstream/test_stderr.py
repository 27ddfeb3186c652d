from __future__ import annotations

import logging

from hypothesis import given
from hypothesis import strategies as st

from yett.upstream.stderr import BURST, LINE, TAIL, Stderr


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def logged(caplog):
    return [record.fields for record in caplog.records if record.getMessage() == "upstream.stderr"]


def test_lines_are_logged_as_they_are_completed(caplog):
    caplog.set_level(logging.INFO, "yett")
    stderr = Stderr("demo", [], Clock())
    for chunk in (b"one\ntw", b"o\n", b"\n\nthree"):
        stderr.feed(chunk)
    assert logged(caplog) == [{"server": "demo", "line": "one"}, {"server": "demo", "line": "two"}]
    assert stderr.last_line == "three"


def test_a_flood_is_logged_up_to_a_rate_and_the_rest_is_counted(caplog):
    caplog.set_level(logging.INFO, "yett")
    clock = Clock()
    stderr = Stderr("demo", [], clock)
    stderr.feed(b"x\n" * 1_000)
    stderr.feed(b"x\n" * 1_000)
    assert len(logged(caplog)) == BURST
    clock.now += 0.2
    stderr.feed(b"y\n")
    assert logged(caplog)[-1] == {"server": "demo", "line": "y", "skipped": 2_000 - BURST}


def test_only_the_end_is_kept():
    stderr = Stderr("demo", [], Clock())
    for number in range(100):
        stderr.feed(b"%06d" % number * 1_000)
    assert len(stderr.tail) == TAIL
    assert stderr.tail.endswith("000099")


def test_secrets_do_not_show_even_where_a_chunk_cuts_them(caplog):
    caplog.set_level(logging.INFO, "yett")
    stderr = Stderr("demo", ["hunter22", "x"], Clock())
    stderr.feed(b"connecting with hunt")
    stderr.feed(b"er22 to x\n")
    assert stderr.tail == "connecting with *** to x\n"
    assert logged(caplog) == [{"server": "demo", "line": "connecting with *** to x"}]


def test_what_could_fool_a_terminal_or_a_log_is_replaced():
    stderr = Stderr("demo", [], Clock())
    stderr.feed(b"\x1b[2J\x00\xff\xe2\x80\xaegnp\r\n")
    assert stderr.tail == "\ufffd[2J\ufffd\ufffd\ufffdgnp\n"


def test_a_long_line_is_cut(caplog):
    caplog.set_level(logging.INFO, "yett")
    stderr = Stderr("demo", [], Clock())
    stderr.feed(b"z" * 10_000 + b"\n")
    assert len(logged(caplog)[0]["line"]) == LINE
    assert len(stderr.last_line) == LINE


def test_silence_has_no_last_line():
    stderr = Stderr("demo", [], Clock())
    assert (stderr.last_line, stderr.tail) == ("", "")
    stderr.feed(b"\n \n")
    assert stderr.last_line == ""


@given(st.lists(st.binary(max_size=50)))
def test_whatever_is_said_the_tail_is_printable(chunks):
    stderr = Stderr("demo", ["secret"], Clock())
    for chunk in chunks:
        stderr.feed(chunk)
    assert all(c.isprintable() or c == "\n" for c in stderr.tail)
    assert "secret" not in stderr.tail
