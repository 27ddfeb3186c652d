from __future__ import annotations

import asyncio
import time

import pytest

from yett.errors import SecretError
from yett.secrets import entry as module
from yett.secrets.entry import Entry, Field, Terms
from yett.secrets.store import WHOLE, Lease, Plain, Reading


class Scripted(Plain):
    """A store that answers as it is told."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {"token": "one"}
        self.lease: Lease | None = None
        self.longer: Lease | None = None
        self.problem = ""
        self.hangs = False
        self.reads = 0

    async def read(self, name: str) -> Reading:
        self.reads += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.problem:
            raise SecretError(self.problem)
        return Reading(fields=dict(self.fields), version=str(self.reads), lease=self.lease)

    async def renew(self, lease: Lease) -> Lease:
        if self.longer is None:
            raise SecretError("no")
        return self.longer


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(module.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def kept(store: Scripted) -> Entry:
    return Entry("vault", "kv/a", store, Terms(refresh=300, max_stale=900))


def refresh(entry: Entry) -> bool:
    # Not `asyncio.run`: its own clock must not be the test's.
    async def work() -> bool:
        return await entry.refresh()

    coroutine = work()
    try:
        coroutine.send(None)
    except StopIteration as end:
        return bool(end.value)
    raise AssertionError("it waited for something")


def problem(entry: Entry, field: str = "token") -> str:
    with pytest.raises(SecretError) as caught:
        entry.text(field)
    return str(caught.value)


@pytest.fixture
def immediate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time limits that need no event loop."""

    class Nothing:
        async def __aenter__(self) -> None: ...
        async def __aexit__(self, *_: object) -> None: ...

    monkeypatch.setattr(module.asyncio, "timeout", lambda seconds: Nothing())


@pytest.fixture
def store(clock: Clock, immediate: None) -> Scripted:
    return Scripted()


def test_before_it_is_read_there_is_nothing_and_that_is_said(store):
    assert problem(kept(store)) == "the secret \u2039vault:kv/a\u203a is not to be had: it was not read yet"


def test_a_value_holds_until_it_is_too_old(store, clock):
    entry = kept(store)
    assert refresh(entry)
    assert (entry.text("token"), entry.due, entry.version) == ("one", 1300.0, "1")
    store.problem = "Vault is sealed"
    clock.now = 1899.0
    assert not refresh(entry)
    assert entry.text("token") == "one"
    assert entry.due == 1900.0
    clock.now = 1900.0
    assert problem(entry) == "the secret \u2039vault:kv/a\u203a is not to be had: Vault is sealed"
    store.problem = ""
    assert not refresh(entry), "the same value is no change"
    assert entry.text("token") == "one"


def test_failures_are_asked_about_again_more_and_more_slowly(store, clock):
    entry = kept(store)
    store.problem = "down"
    pauses = []
    for _ in range(6):
        refresh(entry)
        pauses.append(entry.due - clock.now)
        clock.now = entry.due
    assert pauses == [1, 2, 5, 10, 10, 10]
    store.problem = ""
    refresh(entry)
    store.problem = "down"
    refresh(entry)
    assert entry.due - clock.now == 1


def test_a_changed_value_is_a_change(store):
    entry = kept(store)
    assert refresh(entry)
    assert not refresh(entry)
    store.fields = {"token": "two"}
    assert refresh(entry)
    assert (entry.text("token"), entry.generation) == ("two", 2)


def test_an_empty_value_is_never_given(store):
    entry = kept(store)
    store.fields = {"token": "", "other": "x"}
    refresh(entry)
    assert problem(entry) == "the secret \u2039vault:kv/a#token\u203a is empty"
    assert problem(entry, "none") == "the secret \u2039vault:kv/a\u203a has no field `none`"


def test_an_answer_without_fields_does_not_replace_a_good_one(store):
    entry = kept(store)
    refresh(entry)
    store.fields = {}
    assert not refresh(entry)
    assert (entry.text("token"), entry.problem) == ("one", "it has no fields that are text")


def test_a_whole_text_without_the_field_says_so(store):
    entry = kept(store)
    store.fields = {WHOLE: "plain"}
    refresh(entry)
    assert entry.text(WHOLE) == "plain"
    assert problem(entry) == "the secret \u2039vault:kv/a\u203a is no JSON object with the field `token`"


def test_a_lease_ends_when_it_says_and_not_when_the_config_does(store, clock):
    entry = kept(store)
    store.lease = Lease(id="l", seconds=60.0)
    refresh(entry)
    assert entry.due == 1040.0
    store.problem = "gone"
    clock.now = 1059.0
    refresh(entry)
    assert entry.text("token") == "one"
    clock.now = 1060.0
    assert problem(entry) == "the secret \u2039vault:kv/a\u203a is not to be had: gone"


def test_a_lease_is_renewed_and_the_value_stays(store, clock):
    entry = kept(store)
    store.lease = store.longer = Lease(id="l", seconds=60.0, renewable=True)
    refresh(entry)
    clock.now = entry.due
    assert not refresh(entry)
    assert (store.reads, entry.due, entry.text("token")) == (1, 1080.0, "one")


def test_a_lease_that_cannot_be_renewed_is_replaced(store, clock):
    entry = kept(store)
    store.lease = Lease(id="l", seconds=60.0, renewable=True)
    refresh(entry)
    store.fields = {"token": "two"}
    clock.now = entry.due
    assert refresh(entry)
    assert (store.reads, entry.text("token")) == (2, "two")


def test_a_lease_near_its_maximum_is_replaced(store, clock):
    entry = kept(store)
    store.lease = Lease(id="l", seconds=60.0, renewable=True)
    store.longer = Lease(id="l", seconds=5.0, renewable=True)
    refresh(entry)
    clock.now = entry.due
    refresh(entry)
    assert store.reads == 2


def test_a_store_that_does_not_answer_is_left_alone(monkeypatch):
    store = Scripted()
    store.hangs = True
    monkeypatch.setattr(module, "READ_SECONDS", 0.01)
    entry = kept(store)
    assert asyncio.run(entry.refresh()) is False
    assert entry.problem == "no answer within 0.01 s"
    assert entry.due > time.monotonic()


def test_nothing_printed_holds_a_value(store):
    entry = kept(store)
    store.fields = {"token": "hunter2"}
    refresh(entry)
    assert "hunter2" not in f"{entry!r} {Field(entry, 'token')!r} {entry.problem}"
    assert Field(entry, "token") == Field(entry, "token")
    assert (Field(entry, "token").version, Field(entry, "token").generation) == ("1", 1)
