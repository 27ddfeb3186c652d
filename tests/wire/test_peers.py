from __future__ import annotations

import pytest

from yett.wire.limits import ListenerLimits
from yett.wire.peers import Peers, network, plain


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002::/64"),
        ("2001:db8:1:2::9", "2001:0db8:0001:0002::/64"),
        ("2001:db8:1:3::9", "2001:0db8:0001:0003::/64"),
        ("fe80::1%eth0", "fe80:0000:0000:0000::/64"),
        ("::1", "0000:0000:0000:0000::/64"),
    ],
)
def test_a_peer_is_an_ipv4_address_or_an_ipv6_network(address, expected):
    assert network(address) == expected


def test_a_mapped_address_is_the_ipv4_address_it_maps():
    assert plain("::ffff:192.0.2.1") == "192.0.2.1"
    assert plain("::ffff:1:2") == "::ffff:1:2"


def test_caps_hold_in_all_and_per_peer():
    limits = ListenerLimits(connections=3, connections_per_peer=2)
    peers = Peers()
    peers.enter("a")
    assert peers.refusal("a", limits) is None
    peers.enter("a")
    assert peers.refusal("a", limits) == (429, "too many connections from this peer")
    assert peers.refusal("b", limits) is None
    peers.enter("b")
    assert peers.refusal("c", limits) == (503, "too many connections")
    peers.leave("a")
    assert peers.refusal("a", limits) is None


def test_a_peer_may_be_in_so_many_handshakes():
    limits = ListenerLimits(connections_per_peer=100)
    peers = Peers()
    for _ in range(25):
        assert peers.refusal("a", limits) is None
        peers.begin_handshake("a")
    assert peers.refusal("a", limits) == (429, "too many TLS handshakes from this peer")
    peers.end_handshake("a")
    assert peers.refusal("a", limits) is None


def test_nobody_is_remembered_after_leaving():
    peers = Peers()
    for peer in ("a", "b", "a"):
        peers.enter(peer)
        peers.begin_handshake(peer)
    for peer in ("a", "b", "a"):
        peers.end_handshake(peer)
        peers.leave(peer)
    assert (peers.total, peers._connections, peers._handshakes) == (0, {}, {})
