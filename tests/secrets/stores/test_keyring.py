from __future__ import annotations

import asyncio
import sys

import pytest
from keyring.errors import KeyringLocked

from yett.errors import SecretError
from yett.secrets.store import WHOLE
from yett.secrets.stores.keyring import Keyring


class Backend:
    def __init__(self, **values: str) -> None:
        self.values = values

    def get_password(self, service: str, user: str) -> str | None:
        if service == "locked":
            raise KeyringLocked("hunter2")
        return self.values.get(f"{service}_{user}")


def refusal(store: Keyring, name: str) -> str:
    with pytest.raises(SecretError) as caught:
        asyncio.run(store.read(name))
    return str(caught.value)


def test_a_secret_is_read_by_service_and_user():
    store = Keyring(Backend(yett_github="one"))
    assert asyncio.run(store.read("yett/github")).fields == {WHOLE: "one"}


def test_what_is_not_there_or_locked_is_an_error():
    store = Keyring(Backend())
    assert refusal(store, "a/b/alice") == "the keyring has no secret of `alice` for `a/b`"
    assert refusal(store, "locked/alice") == "the keyring cannot be read: KeyringLocked"


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert refusal(Keyring(), "a/b") == "the library `keyring` is missing: install `yett[keyring]`"
