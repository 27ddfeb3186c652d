from __future__ import annotations

import pytest

from yett.config.limits import Limits, Rate
from yett.config.units import Pace


def test_every_limit_has_a_default():
    limits = Limits()
    assert (limits.user.rate, limits.user.per, limits.user.burst) == (600, 60, 600)
    assert limits.tool is None
    assert (limits.body, limits.reply, limits.head) == (1 << 20, 16 << 20, 16 << 10)
    # A server may think for longer than the 15 s that clients are silent for.
    assert limits.timeout > 15


def test_a_rate_allows_as_many_at_once_as_in_one_period():
    assert Rate(rate=Pace(30, 60)).burst == 30
    assert Limits.model_validate({"tool": "30/min"}).tool == Rate(rate=Pace(30, 60), burst=30)


def test_a_rate_in_full_names_its_burst(config):
    limits = config("limits: { user: { rate: 10/s, burst: 50 } }\n").limits
    assert (limits.user.rate, limits.user.per, limits.user.burst) == (10, 1, 50)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("limits: { user: 600 }", "6:17 expected text or a mapping, found the number `600`"),
        ("limits: { user: { burst: 5 } }", "6:11 `rate` is missing"),
        ("limits: { user: { rate: 1/s, burst: 0 } }", "6:37 `0` is out of bounds"),
        ("limits: { user: { rate: 1/s, per: 1 } }", "6:30 unknown key `per`"),
        ("limits: { connections: 1000001 }", "6:24 `1000001` is out of bounds"),
        ("limits: { concurrency: 1.5 }", "6:24 expected a whole number, found the number `1.5`"),
        ("limits: { concurrency: true }", "6:24 expected a whole number, found `true`"),
        ("limits: { reply: 257MiB }", "6:18 `257MiB` is out of bounds"),
        ("limits: { deadline: 2d }", "6:21 `2d` is out of bounds"),
        ("limits: [user]", "6:9 expected a mapping, found a list"),
    ],
)
def test_what_is_no_limit(errors, text, error):
    assert errors(text) == [error]
