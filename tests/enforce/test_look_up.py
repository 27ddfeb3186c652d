from __future__ import annotations

import asyncio

import pytest

from yett.core.verdict import Deny
from yett.enforce.conductor import conduct
from yett.enforce.recheck import Running, recheck
from yett.identity.credentials import Credentials
from yett.identity.pending import ROUNDS, Pending
from yett.state.counters import Limits, Rate


class Slow:
    """Says `Pending` so many times, then what it was told to say."""

    def __init__(self, times: int, answer) -> None:
        self.times = times
        self.answer = answer
        self.asked = 0
        self.done: asyncio.Future[None]

    def __call__(self, credentials: Credentials, now: float):
        self.asked += 1
        if self.asked > self.times:
            return self.answer
        self.done = asyncio.get_running_loop().create_future()
        if self.times <= ROUNDS + 1 and self.asked > 1:
            self.done.set_result(None)
        return Pending(what="a key", done=self.done)


def conducted(kit, identify, *, limits: Limits | None = None, meanwhile=None):
    """Conduct one message whose caller is looked up; `meanwhile` happens once it waits."""

    async def run():
        scene = kit.scene()
        scene.identify = identify
        scene.limits = limits or scene.limits
        async with scene:
            delivery = kit.Delivery(scene.runtime)
            task = asyncio.create_task(conduct(scene.runtime, kit.modern("tools/list"), delivery))
            while not identify.asked:
                await asyncio.sleep(0)
            assert (delivery.waiting, delivery.exchange) == (True, None)
            if meanwhile is not None:
                meanwhile(scene, delivery, task)
            else:
                identify.done.set_result(None)
            await asyncio.wait([task])
            assert not delivery.waiting
            return delivery, scene.records(), task.cancelled()

    return asyncio.run(run())


def test_a_caller_who_is_known_after_a_while_is_served(kit) -> None:
    delivery, records, _ = conducted(kit, Slow(1, kit.ALICE))
    assert [record["kind"] for record in records] == ["intent", "outcome"]
    assert delivery.exchange.principal == kit.ALICE


def test_a_caller_who_turns_out_to_be_nobody_is_refused(kit) -> None:
    delivery, records, _ = conducted(kit, Slow(2, Deny(reason=kit.NOBODY)))
    assert [record["reason"] for record in records] == ["identity.missing"]
    assert delivery.said == [("refused", "identity.missing", "")]


def test_what_never_becomes_known_ends_in_a_refusal_that_says_so(kit) -> None:
    identify = Slow(ROUNDS + 1, kit.ALICE)
    delivery, records, _ = conducted(kit, identify)
    assert delivery.said == [("refused", "identity.unavailable", "a key is still being looked up")]
    assert [record["kind"] for record in records] == ["refusal"]
    assert identify.asked == ROUNDS + 1


def test_a_request_that_was_looked_up_counts_once(kit) -> None:
    once = Limits(peer=Rate(count=1, seconds=60, burst=1))
    delivery, _, _ = conducted(kit, Slow(2, kit.ALICE), limits=once)
    assert delivery.exchange.principal == kit.ALICE


def test_a_client_that_leaves_while_it_is_looked_up_leaves_a_record(kit) -> None:
    _, records, cancelled = conducted(kit, Slow(1, kit.ALICE), meanwhile=lambda _scene, _delivery, task: task.cancel())
    assert cancelled
    assert [(record["reason"], record["detail"]) for record in records] == [("identity.unavailable", "the client left")]


@pytest.mark.parametrize("changed", [True, False])
def test_a_reload_meanwhile_has_it_judged_by_the_new_config_alone(kit, changed) -> None:
    def meanwhile(scene, delivery, task) -> None:
        before = scene.runtime
        if changed:
            scene.change()
        one = Running(delivery=delivery, credentials=Credentials())
        assert recheck(scene.runtime, [one], 0.0) == 0
        assert (delivery.anew, scene.runtime is before) == (changed, not changed)
        if not changed:
            before.identify.done.set_result(None)

    _, records, cancelled = conducted(kit, Slow(1, kit.ALICE), meanwhile=meanwhile)
    assert cancelled is changed
    assert len(records) == (0 if changed else 2)
