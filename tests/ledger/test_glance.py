from __future__ import annotations

import pytest

from yett.ledger.glance import Glance, glanced
from yett.ledger.reading import Line


def line(text: bytes, *, ended: bool = True) -> Line:
    return Line(offset=0, text=text, ended=ended)


def test_what_matters_is_read_and_the_rest_passed_over():
    assert glanced(line(b'{"kind":"key-change","key":"a","following":"b","who":{"subject":7}}')) == Glance(
        kind="key-change", key="a", following="b"
    )


@pytest.mark.parametrize("text", [b"", b"[]", b"\xff", b'{"kind":7}', b'{"previous":"x"}', b'{"key":null}'])
def test_what_can_be_no_record_says_nothing(text):
    assert glanced(line(text)) is None


def test_nothing_and_half_a_line_say_nothing():
    assert glanced(None) is None
    assert glanced(line(b"{}", ended=False)) is None
