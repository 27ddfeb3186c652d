from __future__ import annotations

from yett.upstream.patience import Patience


def test_a_call_may_be_silent_for_longer_than_official_servers_are():
    # 15 s between two signs of life (protocol.md 1.1); a gateway must wait for more than two of them.
    assert Patience().call > 2 * 15
    assert Patience().listen > Patience().call
