from __future__ import annotations

import asyncio
import json

import pytest

from yett.core.verdict import Deny
from yett.errors import AskError
from yett.identity import key_source
from yett.identity.key_source import COOL_DOWN, MAX_AGE, MAX_STALE, RECENT, REFRESH, UNKNOWN_SECONDS, KeySource
from yett.identity.keys import Key
from yett.identity.pending import Pending


class Scene:
    """A key source, its clock, and the issuer behind it."""

    def __init__(self, kit, *keys, **options):
        self.kit = kit
        self.clock = kit.Clock()
        self.network = kit.Network().issuer(*(keys or (kit.EC,)))
        self.told: list[str] = []
        options = {"changed": self.told.append, "clock": self.clock} | options
        self.source = KeySource(self.network, kit.ISS, source="keycloak", **options)

    async def find(self, kid="ec"):
        """The key, and how often one had to wait."""
        for rounds in range(4):
            found = self.source.find(kid)
            if not isinstance(found, Pending):
                return found, rounds
            await found.wait()
        raise AssertionError("never known")

    async def code(self, kid="ec"):
        found, _ = await self.find(kid)
        return found.reason.code if isinstance(found, Deny) else found.id

    @property
    def fetches(self) -> int:
        return self.network.asked.count(f"{self.kit.ISS}/keys")

    def serve(self, page) -> None:
        self.network.pages[f"{self.kit.ISS}/keys"] = page

    async def idle(self) -> None:
        while self.source._task is not None:
            await asyncio.wait([self.source._task])


def scene(kit, story, *keys, **options):
    async def main():
        it = Scene(kit, *keys, **options)
        await story(it)
        await it.source.close()

    asyncio.run(main())


def test_keys_are_fetched_when_needed_and_then_at_hand(kit):
    async def story(it):
        found, rounds = await it.find()
        assert isinstance(found, Key)
        assert (rounds, it.fetches, it.source.usable) == (1, 1, True)
        assert (await it.find())[1] == 0
        assert it.told == ["1 keys of `keycloak` hold now"]

    scene(kit, story)


def test_keys_at_a_given_url_need_no_metadata(kit):
    async def story(it):
        it.serve(it.kit.jwks(it.kit.EC))
        assert await it.code() == "ec"
        assert it.network.asked == [f"{kit.ISS}/keys"]

    scene(kit, story, url=f"{kit.ISS}/keys")


def test_many_who_wait_cause_one_fetch(kit):
    async def story(it):
        found = await asyncio.gather(*(it.find() for _ in range(100)))
        assert {key.id for key, _ in found} == {"ec"}
        assert it.fetches == 1

    scene(kit, story)


def test_a_flood_of_unknown_ids_causes_one_fetch_in_a_cool_down(kit):
    async def story(it):
        await it.find()
        for _ in range(3):
            it.clock.now += COOL_DOWN
            before = it.fetches
            for number in range(2_000):
                assert await it.code(f"unknown-{number}") == "jwt.key-unknown"
                assert (await it.find())[1] == 0  # who has a known key does not notice
            assert it.fetches == before + 1

    scene(kit, story)


def test_an_id_that_was_asked_for_in_vain_is_not_asked_for_again_at_once(kit):
    async def story(it):
        await it.find()
        it.clock.now += COOL_DOWN
        assert await it.code("gone") == "jwt.key-unknown"
        it.clock.now += COOL_DOWN
        assert await it.code("gone") == "jwt.key-unknown"
        assert it.fetches == 2
        it.clock.now += UNKNOWN_SECONDS
        assert await it.code("gone") == "jwt.key-unknown"
        assert it.fetches == 3

    scene(kit, story)


def test_a_new_key_is_accepted_within_a_cool_down_and_told(kit):
    async def story(it):
        await it.find()
        it.serve(it.kit.jwks(it.kit.EC, it.kit.EC_OTHER))
        assert await it.code("other") == "jwt.key-unknown"
        it.clock.now += COOL_DOWN
        assert await it.code("other") == "other"
        assert it.told[-1] == "2 keys of `keycloak` hold now"

    scene(kit, story)


def test_a_withdrawn_key_is_gone_before_it_is_too_old(kit):
    async def story(it):
        await it.find()
        it.serve(it.kit.jwks(it.kit.EC_OTHER))
        it.clock.now += REFRESH + 1
        assert await it.code() == "ec"  # nobody waits for the refresh that this begins
        await it.idle()
        assert await it.code() == "jwt.key-unknown"
        assert REFRESH + 1 < MAX_AGE

    scene(kit, story)


def test_a_gateway_that_slept_asks_before_it_believes_old_keys(kit):
    async def story(it):
        await it.find()
        it.serve(it.kit.jwks(it.kit.EC_OTHER))
        for slept in (MAX_AGE + 1, MAX_STALE + 1, 1e6):
            it.clock.now += slept
            assert await it.code() == "jwt.key-unknown"

    scene(kit, story)


@pytest.mark.parametrize(
    "trouble",
    [
        500,
        302,
        b"<html>",
        b'{"keys": []}',
        AskError("too long"),
        b'{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}',
    ],
)
def test_while_the_issuer_is_away_good_keys_stay_good_and_then_it_is_said(kit, trouble):
    async def story(it):
        await it.find()
        it.serve(trouble)
        it.network.pages[f"{kit.ISS}/.well-known/openid-configuration"] = json.dumps(
            {"issuer": kit.ISS, "jwks_uri": f"{kit.ISS}/keys"}
        ).encode()
        it.clock.now += REFRESH + 1
        waited = 0
        while it.clock.now < 1000 + MAX_STALE:
            found, rounds = await it.find()
            waited += rounds
            assert isinstance(found, Key)
            await it.idle()
            it.clock.now += COOL_DOWN
        assert waited == 0
        assert it.source.problem
        it.clock.now += 1
        found, _ = await it.find()
        assert (found.reason.code, found.reason.kind.value) == ("jwt.keys-unavailable", "unavailable")
        assert 1 <= found.retry_after <= COOL_DOWN
        assert not it.source.usable
        it.serve(it.kit.jwks(it.kit.EC))
        it.clock.now += COOL_DOWN
        assert await it.code() == "ec"
        assert it.source.problem == ""

    scene(kit, story)


def test_an_old_failure_does_not_vouch_for_old_keys(kit):
    async def story(it):
        await it.find()
        it.serve(500)
        it.clock.now += REFRESH + 1
        await it.find()
        await it.idle()
        it.serve(it.kit.jwks(it.kit.EC_OTHER))
        it.clock.now += RECENT + 1
        assert await it.code() == "jwt.key-unknown"

    scene(kit, story)


def test_an_issuer_that_was_never_reached_is_asked_once_in_a_cool_down(kit):
    async def story(it):
        it.serve(500)
        for _ in range(50):
            assert await it.code() == "jwt.keys-unavailable"
        assert it.fetches == 1
        assert [sentence[:46] for sentence in it.told] == ["the keys of `keycloak` cannot be fetched: `htt"]

    scene(kit, story)


def test_metadata_is_asked_for_again_after_a_failure_and_not_every_time(kit):
    async def story(it):
        await it.find()
        it.clock.now += REFRESH + 1
        await it.find()
        await it.idle()
        pages = [url for url in it.network.asked if "well-known" in url]
        assert (len(pages), it.fetches) == (1, 2)
        it.serve(404)
        it.clock.now += REFRESH + 1
        await it.find()
        await it.idle()
        moved = f"{kit.ISS}/moved"
        it.network.pages[f"{kit.ISS}/.well-known/openid-configuration"] = json.dumps(
            {"issuer": kit.ISS, "jwks_uri": moved}
        ).encode()
        it.network.pages[moved] = it.kit.jwks(it.kit.EC)
        it.clock.now += COOL_DOWN
        await it.find()
        await it.idle()
        assert it.network.asked[-1] == moved

    scene(kit, story)


def test_dropped_keys_are_told(kit):
    async def story(it):
        it.serve(json.dumps({"keys": [kit.EC.as_dict(private=False), kit.RSA.as_dict(private=True)]}).encode())
        await it.find()
        assert "its private part is published" in it.told[0]

    scene(kit, story)


def test_the_first_caller_need_not_wait_where_keys_were_fetched_before(kit):
    async def story(it):
        it.source.warm()
        it.source.warm()
        await it.idle()
        assert (await it.find())[1] == 0
        assert it.fetches == 1

    scene(kit, story)


def test_a_slow_issuer_holds_up_nobody_with_a_known_key_and_can_be_left(kit):
    async def story(it):
        await it.find()

        async def never(_ask):
            await asyncio.Event().wait()

        it.serve(never)
        it.clock.now += COOL_DOWN
        pending = it.source.find("other")
        assert isinstance(pending, Pending)
        assert isinstance(it.source.find("ec"), Key)
        await it.source.close()
        await pending.wait()

    scene(kit, story)


def test_a_fault_of_ours_is_a_failure_like_any_other(kit):
    async def story(it):
        async def broken(_ask):
            raise LookupError

        it.serve(broken)
        assert await it.code() == "jwt.keys-unavailable"
        assert it.source.problem == "a fault of ours: LookupError"

    scene(kit, story)


def test_an_issuer_that_answers_one_question_after_the_other_slowly_has_a_bound_for_all_of_them(kit, monkeypatch):
    monkeypatch.setattr(key_source, "FETCH_SECONDS", 0.05)

    async def story(it):
        async def never(_ask):
            await asyncio.Event().wait()

        it.serve(never)
        assert await it.code() == "jwt.keys-unavailable"
        assert it.source.problem == f"`{kit.ISS}` did not answer within 0.05 s"

    scene(kit, story)
