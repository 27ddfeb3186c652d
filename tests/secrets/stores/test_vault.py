from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import hvac
import pytest
from counterfeit.http import Reply, asker, served
from counterfeit.vault import Vault as Counterfeit

from yett.errors import SecretError
from yett.secrets.secret import Secret
from yett.secrets.store import Reading
from yett.secrets.stores.vault import Vault
from yett.secrets.stores.vault_token import SignIn


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def there(clock: Clock) -> Counterfeit:
    vault = Counterfeit(clock)
    vault.put("mcp/github", token="hunter2", user="yett", number=7)
    return vault


def vault(there: Any, clock: Clock, namespace: str = "") -> Vault:
    sign_in = SignIn("auth/approle/login", lambda: {"role_id": "yett", "secret_id": "the-secret-id"})
    return Vault(asker(there), "https://vault.example.com:8200", sign_in, namespace=namespace, clock=clock)


def refusal(store: Vault, name: str) -> str:
    with pytest.raises(SecretError) as caught:
        asyncio.run(store.read(name))
    assert "hunter2" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["kv/mcp/github", "kv/data/mcp/github"])
def test_a_versioned_secret_is_read_by_its_name_and_by_its_path(there, clock, name):
    reading = asyncio.run(vault(there, clock).read(name))
    assert reading == Reading(fields={"token": "hunter2", "user": "yett"}, version="1")
    assert there.asked[-1] == "GET kv/data/mcp/github"


def test_an_older_version_can_be_named(there, clock):
    there.put("mcp/github", token="two")
    store = vault(there, clock)
    assert asyncio.run(store.read("kv/mcp/github")).fields == {"token": "two"}
    assert asyncio.run(store.read("kv/mcp/github?version=1")).version == "1"
    assert refusal(store, "kv/mcp/github?version=9") == "Vault has no secret at `kv/mcp/github`"


def test_the_first_key_value_engine_has_no_versions_and_no_leases(there, clock):
    store = vault(there, clock)
    assert asyncio.run(store.read("old/github")) == Reading(fields={"token": "old-token"})
    assert refusal(store, "old/github?version=1").startswith("Vault keeps no versions of `old/github`")


def test_the_kind_of_an_engine_is_asked_for_once(there, clock):
    store = vault(there, clock)

    async def work() -> None:
        for _ in range(3):
            await store.read("kv/mcp/github")

    asyncio.run(work())
    assert [line for line in there.asked if "mounts" in line] == ["GET sys/internal/ui/mounts/kv/mcp/github"]


def test_a_dynamic_secret_has_a_lease_which_is_renewed_and_ends(there, clock):
    store = vault(there, clock)

    async def work() -> None:
        reading = await store.read("database/creds/reader")
        assert (reading.fields["username"], reading.lease.seconds, reading.lease.renewable) == ("v-yett-3", 600.0, True)
        longer = await store.renew(reading.lease)
        assert (longer.id, longer.seconds) == (reading.lease.id, 600.0)
        there.revoke_leases()
        with pytest.raises(SecretError, match="Vault does not understand the request"):
            await store.renew(reading.lease)

    asyncio.run(work())


def test_a_lease_is_not_believed_to_outlive_the_token_it_was_given_to(there, clock):
    there.token_ttl = 60
    assert asyncio.run(vault(there, clock).read("database/creds/reader")).lease.seconds == 60.0


def test_a_lease_of_an_earlier_sign_in_is_not_renewed(there, clock):
    store = vault(there, clock)

    async def work() -> None:
        lease = (await store.read("database/creds/reader")).lease
        there.revoke_all()
        clock.now += 100
        await store.read("kv/mcp/github")
        with pytest.raises(SecretError, match="an earlier sign-in"):
            await store.renew(lease)

    asyncio.run(work())


def test_a_namespace_goes_with_every_question(there, clock):
    there.namespace = "team-a"
    assert asyncio.run(vault(there, clock, "team-a").read("kv/mcp/github")).version == "1"
    assert "refused the sign-in" in refusal(vault(there, clock, "team-b"), "kv/mcp/github")


def test_what_vault_refuses_is_told_by_what_it_means(there, clock):
    store = vault(there, clock)
    assert refusal(store, "kv/missing") == "Vault has no secret at `kv/missing`"
    assert refusal(store, "nowhere/a") == "Vault permits the gateway no access to `nowhere/a`"
    there.forbidden = {"kv/mcp/github"}
    assert refusal(store, "kv/mcp/github") == "Vault permits the gateway no access to `kv/mcp/github`"
    there.forbidden = set()
    there.delete("mcp/github")
    assert refusal(store, "kv/mcp/github") == "Vault has deleted version 1 of `kv/mcp/github`"
    there.sealed = True
    assert refusal(store, "kv/mcp/github") == "Vault is sealed or not initialised"
    there.sealed, there.failing = False, 500
    assert refusal(store, "kv/mcp/github") == "Vault answered 500 for `kv/mcp/github`"
    there.failing = 429
    assert refusal(store, "kv/mcp/github") == "Vault has too many requests to answer for `kv/mcp/github`"
    there.failing = 307
    assert refusal(store, "kv/mcp/github").startswith("Vault redirects to another node")


def test_a_forbidden_path_does_not_become_a_flood_of_sign_ins(there, clock):
    store = vault(there, clock)
    there.forbidden = {"kv/mcp/github"}
    for _ in range(5):
        refusal(store, "kv/mcp/github")
    assert there.asked.count("POST auth/approle/login") == 2


def test_a_revoked_token_is_replaced_at_once(there, clock):
    store = vault(there, clock)

    async def work() -> None:
        await store.read("kv/mcp/github")
        there.revoke_all()
        assert (await store.read("kv/mcp/github")).version == "1"

    asyncio.run(work())
    assert there.asked.count("POST auth/approle/login") == 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        {},
        {"data": 1},
        {"data": {"data": 1}},
        {"data": {"path": "other/"}},
        {"auth": {}},
        {"data": {"data": {}, "metadata": 1}},
    ],
)
def test_a_strange_answer_is_refused(clock, body):
    store = vault(lambda question: Reply(200, body), clock)
    with pytest.raises(SecretError):
        asyncio.run(store.read("kv/a"))


def test_a_path_that_needs_quoting_is_quoted(there, clock):
    there.put("a+b@c", token="one")
    assert asyncio.run(vault(there, clock).read("kv/a+b@c")).fields == {"token": "one"}


def test_the_lease_is_given_back_with_the_token_at_the_end(there, clock):
    store = vault(there, clock)

    async def work() -> None:
        await store.read("database/creds/reader")
        await store.close()

    asyncio.run(work())
    assert (there.leases, len(there.tokens)) == ([], 1)  # the root token is left


def test_nothing_printed_holds_the_token(there, clock):
    store = vault(there, clock)
    asyncio.run(store.read("kv/mcp/github"))
    assert "hvs." not in repr(store)
    assert repr(store) == "Vault(https://vault.example.com:8200)"


def test_a_given_token_is_not_revoked(there, clock):
    store = Vault(asker(there), "https://v", SignIn(token=lambda: Secret(there.root)), clock=clock)

    async def work() -> None:
        assert (await store.read("kv/mcp/github")).version == "1"
        await store.close()

    asyncio.run(work())
    assert there.root in there.tokens


# hvac, HashiCorp's client library for Python, against the same counterfeit: what it understands, we meant.


@pytest.fixture
def hvac_client(there: Counterfeit):
    with served(there) as server:
        client = hvac.Client(url=server.url)
        yield client
        client.adapter.close()


def test_hvac_signs_in_where_we_do(hvac_client, there):
    ways: list[Callable[[], Any]] = [
        lambda: hvac_client.auth.approle.login("yett", "the-secret-id"),
        lambda: hvac_client.auth.kubernetes.login("yett", "the-pod-jwt"),
        lambda: hvac_client.auth.jwt.jwt_login("yett", "the-jwt"),
    ]
    for way in ways:
        assert way()["auth"]["client_token"] == hvac_client.token
        assert hvac_client.is_authenticated()
    hvac_client.auth.token.renew_self()
    hvac_client.auth.token.revoke_self()
    assert len(there.tokens) == 3


def test_hvac_reads_what_we_read(hvac_client, there):
    hvac_client.token = there.root
    read = hvac_client.secrets.kv.v2.read_secret_version("mcp/github", mount_point="kv", raise_on_deleted_version=True)
    assert read["data"]["data"] == {"token": "hunter2", "user": "yett", "number": 7}
    assert read["data"]["metadata"]["version"] == 1
    assert hvac_client.secrets.kv.v1.read_secret("github", mount_point="old")["data"] == {"token": "old-token"}
    hvac_client.secrets.kv.v2.create_or_update_secret("mcp/github", {"token": "two"}, mount_point="kv")
    assert there.asked[-1] == "POST kv/data/mcp/github"
    made = hvac_client.secrets.database.generate_credentials("reader")
    renewed = hvac_client.sys.renew_lease(made["lease_id"], increment=60)
    assert renewed["lease_duration"] == 600


def test_hvac_understands_the_refusals(hvac_client, there):
    hvac_client.token = there.root
    there.forbidden = {"kv/mcp/github"}
    with pytest.raises(hvac.exceptions.Forbidden):
        hvac_client.secrets.kv.v2.read_secret_version("mcp/github", mount_point="kv", raise_on_deleted_version=True)
    there.forbidden = set()
    there.delete("mcp/github")
    with pytest.raises(hvac.exceptions.InvalidPath):
        hvac_client.secrets.kv.v2.read_secret_version("mcp/github", mount_point="kv", raise_on_deleted_version=True)
    with pytest.raises(hvac.exceptions.InvalidRequest):
        hvac_client.auth.approle.login("yett", "wrong")
    there.sealed = True
    assert hvac_client.sys.is_sealed()
    with pytest.raises(hvac.exceptions.VaultDown):
        hvac_client.secrets.kv.v2.read_secret_version("mcp/github", mount_point="kv", raise_on_deleted_version=True)
