from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import ClassVar

from msgspec.structs import replace as changed

from yett.core.guard import Guard, Phase
from yett.core.pipeline import Guarded, Pipeline
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.enforce.establish import establish
from yett.enforce.inbound import Verb
from yett.enforce.recheck import Running, recheck
from yett.identity.credentials import Credentials
from yett.identity.pending import Pending
from yett.protocol import methods

NO = Reason(code="test.no", kind=Kind.DENIED, public="no")


class Never(Guard):
    name: ClassVar[str] = "never"
    phase: ClassVar[Phase] = Phase.AUTHORIZE

    def check_request(self, exchange):
        return Deny(reason=NO)


def rechecked(kit, change, inbound=None):
    """Open an exchange, change the world, recheck; return how many were ended and why."""

    async def run():
        async with kit.scene() as scene:
            delivery = kit.Delivery(scene.runtime)
            delivery.exchange = establish(scene.runtime, inbound or kit.modern("server/discover")).exchange
            delivery.task = asyncio.create_task(asyncio.sleep(60))
            one = Running(delivery=delivery, credentials=Credentials(authorization=(b"Bearer t",)))
            ended = recheck(change(scene.runtime), [one], 0.0)
            assert delivery.task.cancelling() == ended
            delivery.task.cancel()
            return ended, delivery.cut

    return asyncio.run(run())


def test_what_is_not_judged_yet_is_judged_anew_by_what_holds_now(kit) -> None:
    def looked_at(change, *, waiting=True):
        async def run():
            async with kit.scene() as scene:
                delivery = kit.Delivery(scene.runtime, waiting=waiting)
                delivery.exchange = establish(scene.runtime, kit.modern("server/discover")).exchange
                delivery.task = asyncio.create_task(asyncio.sleep(60))
                one = Running(delivery=delivery, credentials=Credentials(authorization=(b"Bearer t",)))
                now = change(scene.runtime)
                ended = [recheck(now, [one], 0.0), recheck(now, [one], 1.0)]
                cancelled = delivery.task.cancelling()
                delivery.task.cancel()
                return sum(ended), cancelled, delivery.anew, delivery.cut

        return asyncio.run(run())

    pipeline = Pipeline([Guarded(guard=Never())], subject=methods.subject)
    gone = Deny(reason=kit.NOBODY)
    assert looked_at(lambda runtime: runtime) == (0, 0, False, "")
    assert looked_at(lambda runtime: replace(runtime, pipeline=pipeline)) == (0, 1, True, "")
    assert looked_at(lambda runtime: replace(runtime, identify=lambda _values, _now: gone)) == (0, 1, True, "")


def test_a_caller_who_is_looked_up_again_goes_on_meanwhile(kit) -> None:
    async def run():
        async with kit.scene() as scene:
            pending = Pending(what="a key", done=asyncio.get_running_loop().create_future())
            runtime = replace(scene.runtime, identify=lambda _shown, _now: pending)
            for waiting in (False, True):
                delivery = kit.Delivery(runtime, waiting=waiting)
                delivery.exchange = establish(scene.runtime, kit.modern("server/discover")).exchange
                assert recheck(runtime, [Running(delivery=delivery, credentials=Credentials())], 0.0) == 0
                assert (delivery.cut, delivery.anew) == ("", False)

    asyncio.run(run())


def test_what_is_still_allowed_goes_on(kit) -> None:
    assert rechecked(kit, lambda runtime: runtime) == (0, "")
    assert rechecked(kit, replace) == (0, "")


def test_a_revoked_credential_ends_what_it_opened(kit) -> None:
    gone = Deny(reason=kit.NOBODY)
    ended = rechecked(kit, lambda runtime: replace(runtime, identify=lambda _values, _now: gone))
    assert ended == (1, "no longer allowed: identity.missing")


def test_a_policy_that_now_denies_ends_what_it_allowed(kit) -> None:
    pipeline = Pipeline([Guarded(guard=Never())], subject=methods.subject)
    ended = rechecked(kit, lambda runtime: replace(runtime, pipeline=pipeline))
    assert ended == (1, "no longer allowed: test.no")


def test_a_lost_role_is_judged_with_the_roles_that_are_left(kit) -> None:
    less = changed(kit.ALICE, roles=frozenset())
    pipeline = Pipeline([Guarded(guard=Never())], subject=methods.subject)
    ended = rechecked(kit, lambda r: replace(r, identify=lambda _values, _now: less, pipeline=pipeline))
    assert ended[0] == 1


def listening(kit, change):
    """Open a legacy GET stream, change the world, recheck."""

    async def run():
        async with kit.scene() as scene:
            delivery = kit.Delivery(scene.runtime)
            inbound = kit.legacy(b"", session="x", verb=Verb.LISTEN)
            delivery.exchange = changed(establish(scene.runtime, inbound).exchange, principal=kit.ALICE)
            delivery.task = asyncio.create_task(asyncio.sleep(60))
            ended = recheck(change(scene.runtime), [Running(delivery=delivery, credentials=Credentials())], 0.0)
            delivery.task.cancel()
            return ended, delivery.cut

    return asyncio.run(run())


def test_a_reload_of_the_same_config_ends_no_stream(kit) -> None:
    assert listening(kit, replace) == (0, "")


def test_a_reload_of_another_config_ends_session_streams_because_they_are_judged_by_the_old_one(kit) -> None:
    ended = listening(kit, lambda runtime: replace(runtime, digest="e" * 64))
    assert ended == (1, "the configuration changed: listen again")


def test_a_reload_of_another_config_ends_subscriptions_for_the_same_reason(kit) -> None:
    listen = kit.modern("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
    assert rechecked(kit, replace, listen) == (0, "")
    ended = rechecked(kit, lambda runtime: replace(runtime, digest="e" * 64), listen)
    assert ended == (1, "the configuration changed: listen again")


def test_a_server_that_is_gone_ends_its_streams(kit) -> None:
    ended = rechecked(kit, lambda runtime: replace(runtime, upstreams={}))
    assert ended == (1, "no longer allowed: the server is not configured any more")
