"""Tokens of the gateway's own for servers that demand OAuth: as itself, and for its callers by exchange."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from counterfeit.http import Served
from house import JSON, Backend, House, standing
from issuer import Issuer, key_pair

from yett.wire.http import Incoming


def guarded(issuer: Issuer, backend: Backend) -> None:
    """Have a server demand a token of this issuer that is for it."""

    def gate(incoming: Incoming) -> Any:
        value = (incoming.head.get(b"authorization") or b"").decode()
        known = issuer.tokens.get(value.removeprefix("Bearer "))
        if known is None or known["resource"] != f"http://127.0.0.1:{backend.port}/mcp":
            return 401, [(b"www-authenticate", b'Bearer error="invalid_token"'), JSON], b"{}"
        return None

    backend.gate = gate


@contextlib.asynccontextmanager
async def crm(folder: Path, oauth: str, issuer: Issuer, more: str = "") -> AsyncIterator[tuple[House, Backend, Served]]:
    """A gateway with a server `crm` that demands tokens, and one that does not."""
    there = Served(issuer)
    issuer.url = issuer.iss = there.url
    backend, plain = Backend(), Backend()
    port = await backend.start()
    guarded(issuer, backend)
    written = (
        f"{{ grant: client-credentials, issuer: '{there.url}', unsafe_allow_loopback: true, client_id: yett, {oauth} }}"
    )
    servers = {
        "crm": f"{{ url: 'http://127.0.0.1:{port}/mcp', oauth: {written} }}",
        "plain": f"http://127.0.0.1:{await plain.start()}/mcp",
    }
    try:
        async with standing(folder, servers, more) as house:
            yield house, backend, there
        assert not [head for head in plain.heads if b"authorization" in head], "it was sent to another server"
    finally:
        await backend.close()
        await plain.close()
        await asyncio.to_thread(there.close)


def secret_file(folder: Path, content: str) -> str:
    path = folder / "client-secret"
    path.write_text(content)
    path.chmod(0o600)
    return '"${file:client-secret}"'


def test_the_gateway_gets_one_token_for_all_calls_and_renews_it_before_its_end(tmp_path):
    async def work() -> None:
        issuer = Issuer()
        issuer.ttl = 2
        secret = secret_file(tmp_path, "the client secret/:\n")
        async with crm(tmp_path, f"client_secret: {secret}, scopes: [read, write]", issuer) as (house, backend, _):
            await house.surveyed("crm", "plain")
            assert await asyncio.gather(*[house.call("crm") for _ in range(20)]) == ["hi"] * 20
            assert len(issuer.tokens) == 1
            assert issuer.asked[0]["scope"] == "read write"
            assert issuer.proofs == ["client_secret_basic"]
            await asyncio.sleep(2)
            assert await house.call("crm") == "hi"
            assert len(issuer.tokens) == 2
            assert backend.calls[0] != backend.calls[-1]
            assert house.token("alice") not in str(backend.heads)

    asyncio.run(work())


def test_the_gateway_proves_itself_with_a_key(tmp_path):
    async def work() -> None:
        issuer = Issuer()
        issuer.keys["yett"], pem = key_pair()
        secret = secret_file(tmp_path, pem)
        async with crm(tmp_path, f"private_key: {secret}", issuer) as (house, _, _):
            await house.surveyed("crm")
            assert await house.call("crm") == "hi"
            assert issuer.proofs == ["private_key_jwt"]

    asyncio.run(work())


def test_a_revoked_token_is_replaced_within_the_call(tmp_path):
    async def work() -> None:
        issuer = Issuer()
        secret = secret_file(tmp_path, "the client secret/:")
        async with crm(tmp_path, f"client_secret: {secret}", issuer) as (house, backend, _):
            await house.surveyed("crm")
            assert await house.call("crm") == "hi"
            issuer.revoke()
            assert await house.call("crm") == "hi"
            assert len(backend.calls) == 2, "each call was carried out once"

    asyncio.run(work())


def test_where_no_token_is_to_be_had_the_server_is_refused_and_no_other(tmp_path):
    async def work() -> None:
        issuer = Issuer()
        secret = secret_file(tmp_path, "a wrong secret")
        async with crm(tmp_path, f"client_secret: {secret}", issuer) as (house, backend, _):
            await house.surveyed("plain")
            refused = await house.call("crm")
            assert refused["code"] == 5030
            assert await house.call("plain") == "hi"
            assert "invalid_client" in house.records() or "invalid_client" in await house.ready()
            assert backend.heads == [], "without a token it is not even asked"
            for canary in ("a wrong secret", "a%20wrong%20secret", "no: {"):
                assert canary not in house.records() + await house.ready() + json.dumps(refused)
            (tmp_path / "client-secret").write_text("the client secret/:")
            async with asyncio.timeout(20):
                while await house.call("crm") != "hi":
                    await asyncio.sleep(0.1)

    asyncio.run(work())


def test_an_issuer_that_is_down_is_not_asked_by_every_call(tmp_path):
    async def work() -> None:
        issuer = Issuer()
        issuer.ttl = 1
        secret = secret_file(tmp_path, "the client secret/:")
        async with crm(tmp_path, f"client_secret: {secret}", issuer) as (house, _, _):
            await house.surveyed("crm")
            issuer.failing = 503
            await asyncio.sleep(1.1)
            issuer.fetched.clear()
            refused = await asyncio.gather(*[house.call("crm") for _ in range(30)])
            assert {answer["code"] for answer in refused} == {5030}
            assert len(issuer.fetched) <= 2

    asyncio.run(work())


def test_tokens_are_not_printed(tmp_path, capfd):
    async def work() -> None:
        issuer = Issuer()
        secret = secret_file(tmp_path, "the client secret/:")
        async with crm(tmp_path, f"client_secret: {secret}", issuer) as (house, _, _):
            await house.surveyed("crm")
            await house.call("crm")
            said = house.records() + await house.ready() + await house.metrics() + repr(house.instance.config)
            (token,) = issuer.tokens
            assert token not in said
            assert "the client secret" not in said

    asyncio.run(work())


@pytest.mark.parametrize("location", ["https://evil.example/mcp", "http://127.0.0.1:1/mcp"])
def test_a_redirect_is_not_followed_and_the_token_stays(tmp_path, location):
    async def work() -> None:
        issuer = Issuer()
        secret = secret_file(tmp_path, "the client secret/:")
        async with crm(tmp_path, f"client_secret: {secret}", issuer) as (house, backend, _):
            await house.surveyed("crm")
            backend.gate = lambda _incoming: (307, [(b"location", location.encode())], b"")
            assert (await house.call("crm"))["code"] in {5020, 5030}

    asyncio.run(work())


def test_each_callers_token_is_exchanged_and_none_of_them_reaches_the_server(tmp_path):
    """The whole way: callers sign in with JWTs of the issuer that exchanges them, on the short way and the long one."""

    async def work() -> None:
        issuer = Issuer()
        there = Served(issuer)
        issuer.url = issuer.iss = there.url
        backend = Backend()
        port = await backend.start()
        guarded(issuer, backend)
        secret = secret_file(tmp_path, "the client secret/:")
        client = f"client_id: yett, client_secret: {secret}, unsafe_allow_loopback: true"
        oauth = f"{{ grant: token-exchange, issuer: '{there.url}', {client} }}"
        servers = {"crm": f"{{ url: 'http://127.0.0.1:{port}/mcp', oauth: {oauth} }}"}
        auth = f"issuer: {{ url: '{there.url}', unsafe_allow_loopback: true, audience: yett }}"
        async with standing(tmp_path, servers, auth=auth) as house:
            await house.surveyed("crm")
            own = {user: issuer.sign_in(user, "yett") for user in ("alice", "bob")}
            for user, token in own.items():
                (tmp_path / f"{user}.token").write_text(token)
            for _ in range(2):
                assert [await house.call("crm", user=user) for user in own] == ["hi", "hi"]
            whose = [issuer.tokens[call.decode().removeprefix("Bearer ")]["sub"] for call in backend.calls]
            assert whose == ["alice", "bob"] * 2
            exchanges = [form for form in issuer.asked if "subject_token" in form]
            assert [form["subject_token"] for form in exchanges] == list(own.values()), "each is exchanged once"
            assert not [head for head in backend.heads if any(token in str(head) for token in own.values())]
        await backend.close()
        await asyncio.to_thread(there.close)

    asyncio.run(work())
