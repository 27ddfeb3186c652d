from __future__ import annotations

import asyncio
import gc

import pytest

from yett.errors import SecretError
from yett.secrets import cache as module
from yett.secrets.cache import Cache
from yett.secrets.entry import Terms
from yett.secrets.live import LiveSecret
from yett.secrets.references import parse
from yett.secrets.store import WHOLE, Plain, Reading


class Fake(Plain):
    def __init__(self, **values: str) -> None:
        self.values = values
        self.asked: list[str] = []
        self.tended = 0
        self.closed = 0
        self.problem = ""
        self.gate = asyncio.Event()
        self.gate.set()
        self.at_once = self.most = 0

    async def read(self, name: str) -> Reading:
        self.asked.append(name)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await self.gate.wait()
        await asyncio.sleep(0)
        self.at_once -= 1
        if self.problem:
            raise SecretError(self.problem)
        return Reading(fields={WHOLE: self.values.get(name, "?"), "field": self.values.get(name, "?")}, version="1")

    async def tend(self) -> None:
        self.tended += 1
        if self.problem:
            raise SecretError(self.problem)

    async def close(self) -> None:
        self.closed += 1
        if self.problem:
            raise SecretError(self.problem)


def secret(text: str) -> LiveSecret:
    return LiveSecret(parse(text))


NOW = Terms(refresh=0.0, max_stale=60.0)


def test_many_who_use_a_secret_have_it_read_once():
    async def work() -> None:
        store, cache = Fake(**{"kv/a": "one"}), Cache()
        cache.adopt({"vault": store}, Terms())
        secrets = [secret("${vault:kv/a#field}") for _ in range(5)] + [secret("Bearer ${vault:kv/a#field}")]
        await cache.fill(secrets)
        assert store.asked == ["kv/a"]
        assert {one.reveal() for one in secrets} == {"one", "Bearer one"}
        assert secrets[0] == secrets[1]

    asyncio.run(work())


def test_what_was_read_is_not_read_again_for_a_new_config():
    async def work() -> None:
        store, cache = Fake(**{"kv/a": "one", "kv/b": "two"}), Cache()
        cache.adopt({"vault": store}, Terms())
        old = secret("${vault:kv/a#field}")
        await cache.fill([old])
        new = [secret("${vault:kv/a#field}"), secret("${vault:kv/b#field}")]
        await cache.fill(new)
        assert store.asked == ["kv/a", "kv/b"]
        assert new[0] == old

    asyncio.run(work())


def test_a_secret_is_read_again_at_once_where_that_is_asked_for():
    async def work() -> None:
        store, cache = Fake(**{"kv/a": "one", "kv/b": "x"}), Cache()
        cache.adopt({"vault": store}, Terms())
        used, other = secret("${vault:kv/a#field}"), secret("${vault:kv/b#field}")
        await cache.fill([used, other])
        store.values["kv/a"] = "two"
        await cache.read_again(used)
        assert used.reveal() == "two"
        store.problem = "sealed"
        await cache.read_again(used)
        assert used.reveal() == "two"
        assert store.asked == ["kv/a", "kv/b", "kv/a", "kv/a"]

    asyncio.run(work())


def test_a_secret_that_nobody_uses_any_more_is_forgotten():
    async def work() -> None:
        store, cache = Fake(**{"kv/a": "one"}), Cache()
        cache.adopt({"vault": store}, NOW)
        used = secret("${vault:kv/a#field}")
        await cache.fill([used])
        del used
        gc.collect()
        await cache.look()
        assert store.asked == ["kv/a"]

    asyncio.run(work())


def test_a_change_is_told_once_and_only_when_there_was_one():
    async def work() -> None:
        told = []

        async def changed() -> None:
            told.append([one.reveal() for one in used])

        store, cache = Fake(**{"kv/a": "one", "kv/b": "x"}), Cache(changed)
        cache.adopt({"vault": store}, NOW)
        used = [secret("${vault:kv/a#field}"), secret("${vault:kv/b#field}")]
        await cache.fill(used)
        await cache.look()
        assert told == []
        store.values = {"kv/a": "two", "kv/b": "y"}
        await cache.look()
        assert told == [["two", "y"]]
        await cache.look()
        assert len(told) == 1

    asyncio.run(work())


def test_a_secret_that_was_not_to_be_had_at_first_is_a_change_when_it_comes():
    async def work() -> None:
        told = []

        async def changed() -> None:
            told.append(used.reveal())

        store, cache = Fake(**{"kv/a": "one"}), Cache(changed)
        store.problem = "Vault is sealed"
        cache.adopt({"vault": store}, NOW)
        used = secret("${vault:kv/a#field}")
        await cache.fill([used])
        assert cache.problems == ["\u2039vault:kv/a\u203a: Vault is sealed"]
        assert not used.known
        store.problem = ""
        for entry in list(cache._entries.values()):
            entry.due = 0.0
        await cache.look()
        assert (told, cache.problems) == (["one"], [])

    asyncio.run(work())


def test_a_store_is_not_flooded():
    async def work() -> None:
        store, cache = Fake(), Cache()
        cache.adopt({"vault": store}, Terms())
        used = [secret(f"${{vault:kv/{number}#field}}") for number in range(50)]
        await cache.fill(used)
        assert (len(store.asked), store.most) == (50, 8)

    asyncio.run(work())


def test_files_are_read_before_what_they_open():
    async def work() -> None:
        order: list[str] = []

        class Ordered(Fake):
            async def read(self, name: str) -> Reading:
                order.append(name)
                return Reading(fields={WHOLE: "x", "field": "x"})

        cache = Cache()
        cache.adopt({"vault": Ordered(), "file": Ordered()}, Terms())
        used = [secret("${vault:kv/a#field}"), secret("${file:token}")]
        await cache.fill(used)
        assert order == ["token", "kv/a"]

    asyncio.run(work())


def test_a_slow_store_does_not_hold_up_another(monkeypatch):
    monkeypatch.setattr(module, "_TICK_SECONDS", 0.001)

    async def work() -> None:
        slow, quick, cache = Fake(**{"kv/a": "one"}), Fake(token="one"), Cache()
        cache.adopt({"vault": slow, "keyring": quick}, NOW)
        used = [secret("${vault:kv/a#field}"), secret("${keyring:service/token}")]
        await cache.fill(used)
        slow.gate.clear()
        watching = asyncio.create_task(cache.watch())
        async with asyncio.timeout(10):
            while len(quick.asked) < 10:
                await asyncio.sleep(0.001)
        assert len(slow.asked) == 2, "one question is under way, and no second one beside it"
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    asyncio.run(work())


def test_a_store_that_no_config_names_is_closed_once_its_secrets_are_gone():
    async def work() -> None:
        old, new, cache = Fake(**{"kv/a": "one"}), Fake(**{"kv/a": "two"}), Cache()
        cache.adopt({"vault": old}, NOW)
        used = secret("${vault:kv/a#field}")
        await cache.fill([used])
        cache.adopt({"vault": new}, NOW)
        await cache.look()
        assert (old.closed, old.tended, used.reveal()) == (0, 1, "one")
        del used
        gc.collect()
        await cache.look()
        assert (old.closed, new.closed) == (1, 0)
        await cache.close()
        assert (old.closed, new.closed) == (1, 1)

    asyncio.run(work())


def test_stores_that_cannot_be_tended_or_closed_are_told_and_left():
    async def work() -> None:
        store, cache = Fake(), Cache()
        store.problem = "Vault is sealed"
        cache.adopt({"vault": store}, Terms())
        await cache.look()
        await cache.close()
        assert (store.tended, store.closed) == (1, 1)

    asyncio.run(work())


def test_a_reference_to_a_store_that_is_not_configured_says_so():
    async def work() -> None:
        cache = Cache()
        used = secret("${vault:kv/a#b}")
        await cache.fill([used])
        with pytest.raises(SecretError, match="no store is configured that could hold `kv/a`"):
            used.reveal()

    asyncio.run(work())
