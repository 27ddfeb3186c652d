from __future__ import annotations

from yett.wire.limits import ListenerLimits


def test_the_shortest_time_is_found():
    assert ListenerLimits(head_seconds=3, body_seconds=2, idle_seconds=4, write_seconds=5).shortest == 2


def test_a_head_may_be_longer_than_the_longest_target():
    assert ListenerLimits().head_bytes > 8_192
