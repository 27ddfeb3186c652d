from __future__ import annotations

import asyncio
from pathlib import Path

from yett.secrets.secret import Secret
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.kept import Connections, Kept
from yett.upstream.oauth.sealed import Sealed
from yett.upstream.oauth.token import Token

ALICE = ("https://login", "alice")
TOKEN = Token(access=Secret("at"), until=10.0, renew_at=9.0, refresh=Secret("rt"), scopes=frozenset({"b", "a"}))


def connections(folder: Path, server: str = "crm") -> Connections:
    return Connections(Sealed(folder / "c.db", Secret("k" * 32)), server)


def test_a_sign_in_comes_back_as_it_was_and_only_to_its_owner_at_its_server(tmp_path):
    async def work() -> None:
        client = Client(id="c1", secret=Secret("s"), method="client_secret_post")
        kept = Kept(issuer="https://as", resource="https://crm/mcp", client=client, token=TOKEN)
        table = connections(tmp_path)
        await table.put(ALICE, kept)
        assert await table.get(ALICE) == kept
        for other in (("https://login", "bob"), ("https://other", "alice"), ("https://loginalice", "")):
            assert await table.get(other) is None
        assert await connections(tmp_path, "wiki").get(ALICE) is None
        await table.delete(ALICE)
        assert await table.get(ALICE) is None

    asyncio.run(work())


def test_a_configured_secret_is_not_kept(tmp_path):
    async def work() -> None:
        client = Client(id="yett", secret=Secret("hunter2"))
        table = connections(tmp_path)
        await table.put(ALICE, Kept(issuer="i", resource="r", client=client, token=TOKEN))
        found = await table.get(ALICE)
        assert found.client == Client(id="yett")

    asyncio.run(work())


def test_who_came_last_is_remembered_and_can_be_forgotten(tmp_path):
    async def work() -> None:
        table = connections(tmp_path)
        assert await table.latest() is None
        await table.set_latest(ALICE)
        assert await table.latest() == ALICE
        await table.set_latest(("", ""))
        assert await table.latest() is None

    asyncio.run(work())


def test_a_registration_is_one_issuers_and_one_addresss(tmp_path):
    async def work() -> None:
        table = connections(tmp_path)
        client = Client(id="c1", secret=Secret("s"), method="client_secret_basic")
        await table.put_client("https://as1", "https://gw/connect", client)
        assert await table.client("https://as1", "https://gw/connect") == client
        assert await table.client("https://as2", "https://gw/connect") is None
        assert await table.client("https://as1", "https://other/connect") is None

    asyncio.run(work())
