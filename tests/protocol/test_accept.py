from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.protocol.accept import accepts

BOTH, JSON, EVENTS, NONE = (True, True), (True, False), (False, True), (False, False)


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        (b"application/json, text/event-stream", BOTH),
        (b"text/event-stream,application/json", BOTH),
        (b"Application/JSON , TEXT/event-stream;charset=utf-8", BOTH),
        (b"*/*", BOTH),
        (b"application/*, text/*", BOTH),
        (b"text/html, */*;q=0.8", BOTH),
        (b"application/json", JSON),
        (b"text/event-stream", EVENTS),
        (b"application/json;q=0.001, text/event-stream;q=1.000", BOTH),
        (b"application/json;q=0, text/event-stream", EVENTS),
        (b"application/json; Q=0.000 , text/event-stream", EVENTS),
        (b"application/json;q=0, */*", EVENTS),
        (b"*/*;q=0", NONE),
        (b"*/*;q=0, application/json, text/event-stream", BOTH),
        (b"application/json;q=", NONE),
        (b"application/json;q=2", NONE),
        (b"application/json;q=-1", NONE),
        (b"application/json;q=0.0001", NONE),
        (b"application/json;q=nan", NONE),
        (b"application/jsonp, text/event-streams", NONE),
        (b"text/html", NONE),
        (b"", NONE),
        (b",;,;q=0,", NONE),
        (b"\xff\x00", NONE),
        (b"application/json," + b"a/b," * 1000, NONE),
    ],
)
def test_media_ranges_and_weights(value, accepted):
    assert accepts(value) == accepted


@given(st.binary(max_size=60) | st.text(alphabet="aplication/json,;q=0.1* ").map(str.encode))
def test_no_value_makes_it_raise(value):
    json, events = accepts(value)
    assert isinstance(json, bool)
    assert isinstance(events, bool)
