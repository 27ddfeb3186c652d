from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.config.units import Pace, Seconds, Size
from yett.config.wording import Unreadable


@pytest.mark.parametrize(
    ("text", "size", "shown"),
    [
        ("0B", 0, "0B"),
        ("1B", 1, "1B"),
        ("1kB", 1000, "1000B"),
        ("1KiB", 1024, "1KiB"),
        ("1536B", 1536, "1536B"),
        ("1MB", 1_000_000, "1000000B"),
        ("16MiB", 16 << 20, "16MiB"),
        ("1GB", 10**9, "1000000000B"),
        ("3GiB", 3 << 30, "3GiB"),
        ("2048KiB", 2 << 20, "2MiB"),
    ],
)
def test_sizes(text, size, shown):
    assert Size.parse(text) == size
    assert str(Size.parse(text)) == shown


@pytest.mark.parametrize(
    ("text", "seconds", "shown"),
    [
        ("0s", 0, "0ms"),
        ("250ms", 0.25, "250ms"),
        ("1s", 1, "1s"),
        ("60s", 60, "1min"),
        ("90s", 90, "90s"),
        ("2h", 7200, "2h"),
        ("90d", 90 * 86400, "90d"),
    ],
)
def test_times(text, seconds, shown):
    assert Seconds.parse(text) == seconds
    assert str(Seconds.parse(text)) == shown


@pytest.mark.parametrize(
    ("text", "calls", "per"), [("600/min", 600, 60), ("1/s", 1, 1), ("5/h", 5, 3600), ("1000000/d", 1_000_000, 86400)]
)
def test_rates(text, calls, per):
    pace = Pace.parse(text)
    assert (pace, pace.per, str(pace)) == (calls, per, text)


WRONG = [
    "",
    "1",
    "s",
    "-1s",
    "+1s",
    "1.5s",
    "1e3s",
    "inf",
    "infs",
    "nan",
    "0x1s",
    " 1s",
    "1s ",
    "1 s",
    "1m",
    "1S",
    "1Min",
]


@pytest.mark.parametrize("text", [*WRONG, "1MiB", "1234567890s", "\u0661s", "1s\n"])
def test_what_is_no_time(text):
    with pytest.raises(Unreadable):
        Seconds.parse(text)


@pytest.mark.parametrize("text", [*WRONG, "1s", "1mib", "1Mib", "1KB", "1kiB", "1TB", "1234567890B", "1MiB\n"])
def test_what_is_no_size(text):
    with pytest.raises(Unreadable):
        Size.parse(text)


@pytest.mark.parametrize(
    "text", [*WRONG, "0/min", "-1/min", "1/m", "1/minute", "1.5/s", "1/0s", "/s", "1/", "01/s", "1//s"]
)
def test_what_is_no_rate(text):
    with pytest.raises(Unreadable):
        Pace.parse(text)


def test_a_number_without_a_unit_is_told_so():
    with pytest.raises(Unreadable, match="`60` has no unit") as caught:
        Seconds.parse("60")
    assert caught.value.help == "write one of ms, s, min, h, d behind the number: `30s`"


@given(st.text(max_size=12), st.sampled_from([Size, Seconds, Pace]))
def test_any_text_is_a_quantity_or_unreadable(text, quantity):
    try:
        value = quantity.parse(text)
    except Unreadable:
        return
    assert quantity.parse(str(value)) == value


@given(st.integers(0, 999_999_999), st.sampled_from(["B", "kB", "KiB", "MB", "MiB", "GB", "GiB"]))
def test_what_is_shown_means_the_same_size(number, unit):
    assert Size.parse(f"{number}{unit}") == number * {"B": 1, "kB": 1000, "KiB": 1024}.get(unit, 0) or unit[0] in "MG"


def test_quantities_can_be_copied():
    assert copy.deepcopy(Pace(5, 60)).per == 60
    assert pickle.loads(pickle.dumps(Size(5))) == 5  # noqa: S301 - our own bytes
