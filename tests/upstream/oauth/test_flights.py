from __future__ import annotations

import asyncio

import pytest

from yett.errors import UpstreamUnavailable
from yett.secrets.secret import Secret
from yett.upstream.oauth import flights as module
from yett.upstream.oauth.flights import Flights
from yett.upstream.oauth.token import Token


class World:
    def __init__(self) -> None:
        self.now = 1000.0
        self.flights = Flights(lambda: self.now)
        self.fetched: list[Token | None] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.problem: Exception | None = None

    async def fetch(self, before: Token | None) -> Token:
        self.fetched.append(before)
        await self.gate.wait()
        if self.problem is not None:
            raise self.problem
        return Token(
            access=Secret(f"t{len(self.fetched)}"), until=self.now + 100, renew_at=self.now + 90, refresh=Secret("r")
        )

    async def token(self, key: str = "alice") -> str:
        return (await self.flights.token(key, self.fetch)).access.reveal()


def run(story) -> None:
    async def work() -> None:
        world = World()
        try:
            await story(world)
        finally:
            await world.flights.close()

    asyncio.run(work())


def test_a_thousand_who_wait_fetch_once():
    async def story(world: World) -> None:
        world.gate.clear()
        waiting = [asyncio.create_task(world.token()) for _ in range(1000)]
        await asyncio.sleep(0)
        world.gate.set()
        assert set(await asyncio.gather(*waiting)) == {"t1"}
        assert len(world.fetched) == 1

    run(story)


def test_one_who_leaves_ends_nothing_for_the_others():
    async def story(world: World) -> None:
        world.gate.clear()
        first, second = asyncio.create_task(world.token()), asyncio.create_task(world.token())
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        world.gate.set()
        assert await second == "t1"

    run(story)


def test_tokens_of_different_callers_are_never_mixed():
    async def story(world: World) -> None:
        assert [await world.token(key) for key in ("alice", "bob", "alice")] == ["t1", "t2", "t1"]

    run(story)


def test_a_token_is_renewed_before_its_end_with_what_renews_it():
    async def story(world: World) -> None:
        await world.token()
        world.now = 1089.0
        assert await world.token() == "t1"
        world.now = 1090.0
        assert await world.token() == "t2"
        assert world.fetched[1].refresh.reveal() == "r"

    run(story)


def test_after_a_failure_the_same_answer_is_given_for_a_second():
    async def story(world: World) -> None:
        world.problem = UpstreamUnavailable("down")
        for _ in range(5):
            with pytest.raises(UpstreamUnavailable, match="down"):
                await world.token()
        assert len(world.fetched) == 1
        world.now += 1.0
        world.problem = None
        assert await world.token() == "t2"

    run(story)


def test_a_refused_token_is_fetched_anew_unless_another_one_came_meanwhile():
    async def story(world: World) -> None:
        await world.token()
        assert not world.flights.refused("alice", "another")
        assert world.flights.refused("alice", "t1")
        assert await world.token() == "t2"
        assert world.fetched[1].refresh.reveal() == "r"
        world.flights.forget("alice")
        assert world.flights.known("alice") is None

    run(story)


def test_the_number_of_tokens_and_of_fetches_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "_KEPT", 3)
    monkeypatch.setattr(module, "_UNDER_WAY", 2)

    async def story(world: World) -> None:
        for number in range(5):
            await world.token(str(number))
        assert len(world.flights._tokens) == 3
        world.gate.clear()
        waiting = [asyncio.create_task(world.token(key)) for key in "ab"]
        await asyncio.sleep(0)
        with pytest.raises(UpstreamUnavailable, match="too many tokens"):
            await world.token("c")
        world.gate.set()
        await asyncio.gather(*waiting)

    run(story)


def test_who_waits_for_a_fetch_that_hangs_is_told_and_the_fetch_goes_on(monkeypatch):
    monkeypatch.setattr(module, "_SECONDS", 0.01)

    async def story(world: World) -> None:
        world.gate.clear()
        with pytest.raises(UpstreamUnavailable, match=r"no token within 0\.01 s"):
            await world.token()
        world.gate.set()
        assert await world.token() == "t1"

    run(story)


def test_at_the_end_those_under_way_may_land():
    async def story(world: World) -> None:
        world.gate.clear()
        waiting = asyncio.create_task(world.token())
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(world.gate.set)
        await world.flights.close(60.0)
        assert await waiting == "t1"

    run(story)


def test_at_the_end_nothing_is_left_running():
    async def story(world: World) -> None:
        world.gate.clear()
        waiting = asyncio.create_task(world.token())
        await asyncio.sleep(0)
        await world.flights.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    run(story)
