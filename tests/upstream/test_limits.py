from __future__ import annotations

from yett.upstream.limits import HttpLimits


def test_every_bound_has_a_value_and_streams_do_not_take_the_calls_places():
    limits = HttpLimits()
    assert (limits.reply_bytes, limits.connections, limits.streams) == (16 << 20, 100, 10_000)
