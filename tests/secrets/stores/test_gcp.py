from __future__ import annotations

import asyncio

import pytest
from counterfeit.clouds import Google
from counterfeit.http import asker

from yett.errors import SecretError
from yett.secrets.store import WHOLE, Reading
from yett.secrets.stores.bearer import Bearer
from yett.secrets.stores.gcp import PUBLIC, SecretManager


def manager(there: Google, given: str = "ya29.token") -> SecretManager:
    async def grant() -> tuple[str, float]:
        return given, 3600.0

    return SecretManager(asker(there, PUBLIC), Bearer(grant, lambda: 0.0))


def refusal(store: SecretManager, name: str = "my-project/token") -> str:
    with pytest.raises(SecretError) as caught:
        asyncio.run(store.read(name))
    return str(caught.value)


def test_the_latest_version_or_one_of_them_is_read():
    there = Google()
    there.secrets = {"my-project/token": ["one", '{"a": "two"}']}
    assert asyncio.run(manager(there).read("my-project/token")) == Reading(
        fields={WHOLE: '{"a": "two"}', "a": "two"}, version="2"
    )
    assert asyncio.run(manager(there).read("my-project/token/1")) == Reading(fields={WHOLE: "one"}, version="1")


def test_what_google_refuses_is_told_by_what_it_means():
    there = Google()
    assert refusal(manager(there)) == "Google has no secret `my-project/token`"
    there.status = 403
    assert refusal(manager(there)) == "Google permits the gateway no access to `my-project/token`"
    assert refusal(manager(there, "expired")) == "Google answered 401 for `my-project/token`"


def test_a_refused_token_is_fetched_anew_the_next_time():
    async def work() -> None:
        there, tokens = Google(), ["expired", "ya29.token"]
        there.secrets = {"p-1/a": ["one"]}

        async def grant() -> tuple[str, float]:
            return tokens.pop(0), 3600.0

        store = SecretManager(asker(there), Bearer(grant, lambda: 0.0))
        with pytest.raises(SecretError):
            await store.read("p-1/a")
        assert (await store.read("p-1/a")).fields == {WHOLE: "one"}

    asyncio.run(work())
