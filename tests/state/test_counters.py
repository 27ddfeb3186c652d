from __future__ import annotations

import pytest
from msgspec.structs import replace

from yett.core.exchange import ANONYMOUS, Principal, Quota
from yett.state.concurrency import Caps
from yett.state.counters import Counters, Limits, peer_key
from yett.state.gcra import Rate

ALICE = Principal(issuer="yett", subject="alice")
BOB = Principal(issuer="yett", subject="bob")
MINUTE = Rate(count=2, seconds=60)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def counters(**limits) -> tuple[Counters, Clock]:
    clock = Clock()
    return Counters(Limits(**limits), clock), clock


def test_without_limits_nothing_is_spent():
    counts, _ = counters(failures=None)
    assert {counts.hit(ALICE, "demo", "echo") for _ in range(1_000)} == {Quota()}
    assert counts.admit("10.0.0.1") == Quota()


def test_a_user_is_limited_over_all_servers_and_tools():
    counts, clock = counters(user=MINUTE)
    assert counts.hit(ALICE, "a", "x") == Quota()
    assert counts.hit(ALICE, "b") == Quota()
    assert counts.hit(ALICE, "c", "y") == Quota(spent="user: 2 in 60 s", retry_after=30.0)
    assert counts.hit(BOB, "c", "y") == Quota()
    clock.now += 30
    assert counts.hit(ALICE, "c", "y") == Quota()


def test_a_tool_is_limited_per_user_and_server():
    counts, _ = counters(tool=MINUTE)
    for _ in range(2):
        assert counts.hit(ALICE, "a", "x") == Quota()
    assert counts.hit(ALICE, "a", "x").spent == "tool: 2 in 60 s"
    assert counts.hit(ALICE, "a", "y") == Quota()
    assert counts.hit(ALICE, "b", "x") == Quota()
    assert counts.hit(BOB, "a", "x") == Quota()
    assert counts.hit(ALICE, "a") == Quota()


def test_what_one_limit_refuses_counts_against_no_other():
    counts, _ = counters(user=Rate(count=3, seconds=60), tool=Rate(count=1, seconds=60))
    assert counts.hit(ALICE, "a", "x") == Quota()
    for _ in range(5):
        assert counts.hit(ALICE, "a", "x").spent.startswith("tool")
    assert [counts.hit(ALICE, "a", tool) for tool in ("y", "z")] == [Quota(), Quota()]
    assert counts.hit(ALICE, "a", "w").spent.startswith("user")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Principal(issuer="a", subject="b:c"), Principal(issuer="a:b", subject="c")),
        (Principal(issuer="a", subject="b\nc"), Principal(issuer="a\nb", subject="c")),
        (Principal(issuer="yett", subject="anonymous"), ANONYMOUS),
    ],
)
def test_two_identities_never_share_a_key(first, second):
    counts, _ = counters(user=Rate(count=1, seconds=60))
    assert counts.hit(first, "s") == counts.hit(second, "s") == Quota()
    assert counts.hit(first, "s").spent


def test_many_tokens_of_one_user_share_its_limit():
    counts, _ = counters(user=MINUTE)
    taken = [counts.hit(replace(ALICE, credential=f"key{number}"), "s") for number in range(3)]
    assert [bool(quota.spent) for quota in taken] == [False, False, True]


@pytest.mark.parametrize(
    ("peer", "key"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("not:an:address", "not:an:address"),
    ],
)
def test_a_peer_is_an_address_or_a_network_of_64_bits(peer, key):
    assert peer_key(peer) == key


def test_a_peer_is_limited_before_it_is_known():
    counts, _ = counters(peer=MINUTE)
    assert [counts.admit("2001:db8::1"), counts.admit("2001:db8::2")] == [Quota(), Quota()]
    assert counts.admit("2001:db8::3") == Quota(spent="peer: 2 in 60 s", retry_after=30.0)
    assert counts.admit("2001:db8:0:1::1") == Quota()


def test_failures_to_sign_in_close_the_door_to_their_peer_only():
    counts, clock = counters(failures=MINUTE)
    assert [counts.failed("10.0.0.1") for _ in range(2)] == [Quota(), Quota()]
    assert counts.failed("10.0.0.1") == Quota(spent="failures: 2 in 60 s", retry_after=30.0)
    assert counts.failed("10.0.0.2") == Quota()
    clock.now += 30
    assert counts.failed("10.0.0.1") == Quota()


def test_failures_of_an_address_lock_nobody_out_who_can_sign_in_there():
    counts, _ = counters(failures=MINUTE)
    for _ in range(100):
        counts.failed("10.0.0.1")
    assert counts.admit("10.0.0.1") == Quota()


def test_asking_to_be_admitted_is_no_failure():
    counts, _ = counters(failures=MINUTE)
    assert {counts.admit("10.0.0.1") for _ in range(100)} == {Quota()}
    assert counts.failed("10.0.0.1") == Quota()


def test_running_calls_are_capped_and_counted_out():
    counts, _ = counters(caps=Caps(caller=1, server=5))
    assert counts.enter(ALICE, "s") == Quota()
    assert counts.enter(ALICE, "s") == Quota(spent="concurrency: 1 calls of one caller at once", retry_after=1.0)
    assert counts.running == 1
    counts.leave(ALICE, "s")
    assert (counts.running, counts.enter(ALICE, "s")) == (0, Quota())


def test_new_limits_keep_the_counts():
    counts, _ = counters(user=Rate(count=1, seconds=60), tool=MINUTE)
    counts.hit(ALICE, "s")
    counts.limits = Limits(user=Rate(count=1, seconds=120))
    assert counts.hit(ALICE, "s").spent == "user: 1 in 120 s"
    counts.limits = Limits(user=None)
    assert counts.hit(ALICE, "s", "x") == Quota()


def test_a_wall_clock_that_jumps_changes_nothing():
    counts, _ = counters(user=MINUTE)
    clock = counts._clock
    assert clock() == 1_000.0
    # Only the clock that was passed in is ever read, and by default that is the monotonic one.
    assert Counters(Limits())._clock.__name__ == "monotonic"


def test_inventing_peers_costs_no_memory():
    counts, _ = counters(peer=MINUTE, capacity=50)
    for number in range(12_000):
        counts.admit(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(counts._peer) == 50
    assert len(counts._peer_keys) <= 10_000
