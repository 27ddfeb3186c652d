from __future__ import annotations

import asyncio
from typing import Any

import pytest

from yett.core.ask import Answer
from yett.errors import SecretError
from yett.secrets.secret import Secret
from yett.secrets.stores.vault_token import Credential, Login, SignIn


class There:
    """Vault's side of a sign-in."""

    def __init__(self) -> None:
        self.ttl = 90
        self.renewed = 90
        self.status = 200
        self.renewal = 200
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, method: str, target: str, credential: Credential | None, body: bytes = b"") -> Answer:
        self.asked.append(f"{method} {target.removeprefix('/v1/auth/')}")
        await self.gate.wait()
        count = len([one for one in self.asked if "login" in one])
        if "lookup" in target:
            return Answer(status=self.status, body=b'{"data": {"ttl": %d, "renewable": true}}' % self.ttl)
        if "renew" in target:
            return Answer(
                status=self.renewal,
                body=b'{"auth": {"client_token": "same", "lease_duration": %d, "renewable": true}}' % self.renewed,
            )
        return Answer(
            status=self.status,
            body=b'{"auth": {"client_token": "t%d", "lease_duration": %d, "renewable": true}}' % (count, self.ttl),
        )


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def login(there: Any, clock: Clock, sign_in: SignIn | None = None) -> Login:
    return Login(
        there, sign_in or SignIn("auth/approle/login", lambda: {"role_id": "a", "secret_id": "hunter2"}), clock
    )


def test_many_who_ask_at_once_sign_in_once():
    async def work() -> None:
        there = There()
        there.gate.clear()
        one = login(there, Clock())
        asking = [asyncio.create_task(one.token()) for _ in range(10)]
        await asyncio.sleep(0)
        there.gate.set()
        found = await asyncio.gather(*asking)
        assert {credential.token.reveal() for credential in found} == {"t1"}
        assert there.asked == ["POST approle/login"]

    asyncio.run(work())


def test_a_token_is_renewed_at_two_thirds_of_its_life_and_not_before():
    async def work() -> None:
        there, clock = There(), Clock()
        one = login(there, clock)
        await one.tend()
        await one.token()
        clock.now = 59.0
        await one.tend()
        assert there.asked == ["POST approle/login"]
        clock.now = 60.0
        await one.tend()
        assert there.asked[-1] == "PUT token/renew-self"
        assert (await one.token()).ends_at == 150.0
        assert (await one.token()).token.reveal() == "t1"

    asyncio.run(work())


@pytest.mark.parametrize(("renewal", "renewed"), [(403, 90), (400, 90), (200, 10)])
def test_where_renewal_is_refused_or_gives_little_a_new_token_is_fetched(renewal, renewed):
    async def work() -> None:
        there, clock = There(), Clock()
        there.renewal, there.renewed = renewal, renewed
        one = login(there, clock)
        first = await one.token()
        clock.now = 60.0
        await one.tend()
        second = await one.token()
        assert (second.token.reveal(), second.number) == ("t2", first.number + 1)

    asyncio.run(work())


def test_while_vault_is_down_renewal_is_tried_again_later_and_the_token_is_kept():
    async def work() -> None:
        there, clock = There(), Clock()
        one = login(there, clock)
        await one.token()
        there.renewal, clock.now = 503, 60.0
        with pytest.raises(SecretError, match="Vault answered 503 when the gateway's token was to be renewed"):
            await one.tend()
        clock.now = 64.0
        await one.tend()
        assert len(there.asked) == 2
        clock.now = 65.0
        there.renewal = 200
        await one.tend()
        assert (await one.token()).token.reveal() == "t1"

    asyncio.run(work())


def test_a_token_that_has_ended_is_not_used():
    async def work() -> None:
        there, clock = There(), Clock()
        one = login(there, clock)
        await one.token()
        clock.now = 90.0
        assert (await one.token()).token.reveal() == "t2"

    asyncio.run(work())


def test_a_refused_sign_in_says_where_and_not_with_what():
    there = There()
    there.status = 400
    with pytest.raises(SecretError) as caught:
        asyncio.run(login(there, Clock()).token())
    assert str(caught.value) == "Vault refused the sign-in at `auth/approle/login` with 400"


def test_a_given_token_is_looked_up_and_follows_its_file():
    async def work() -> None:
        there, clock = There(), Clock()
        given = ["a"]
        one = login(there, clock, SignIn(token=lambda: Secret(given[0])))
        assert (await one.token()).token.reveal() == "a"
        assert (await one.token()).ends_at == 90.0
        given[0] = "b"
        assert (await one.token()).token.reveal() == "b"
        assert there.asked == ["GET token/lookup-self"] * 2
        await one.revoke()
        assert len(there.asked) == 2, "it is not ours to revoke"

    asyncio.run(work())


def test_a_given_token_that_is_refused_is_named():
    there = There()
    there.status = 403
    with pytest.raises(SecretError, match="Vault does not accept the token"):
        asyncio.run(login(there, Clock(), SignIn(token=lambda: Secret("a"))).token())


def test_a_given_token_that_cannot_be_renewed_is_used_to_its_end():
    async def work() -> None:
        there, clock = There(), Clock()
        there.renewal = 403
        one = login(there, clock, SignIn(token=lambda: Secret("a")))
        await one.token()
        clock.now = 60.0
        await one.tend()
        assert (await one.token()).token.reveal() == "a"
        clock.now = 70.0
        await one.tend()
        assert there.asked == ["GET token/lookup-self", "PUT token/renew-self"]

    asyncio.run(work())


def test_a_root_token_has_no_end():
    async def work() -> None:
        there = There()
        there.ttl = 0
        one = login(there, Clock(), SignIn(token=lambda: Secret("a")))
        assert (await one.token()).renewable is False
        assert (await one.token()).ends_at == float("inf")

    asyncio.run(work())


def test_refusals_lead_to_one_new_sign_in_in_a_while():
    async def work() -> None:
        there, clock = There(), Clock()
        one = login(there, clock)
        first = await one.token()
        assert await one.refused(first)
        second = await one.token()
        assert await one.refused(first), "somebody has signed in again already"
        assert not await one.refused(second)
        clock.now = 10.0
        assert await one.refused(second)

    asyncio.run(work())


def test_nothing_printed_holds_a_token():
    assert "hunter2" not in repr(Credential(Secret("hunter2")))
