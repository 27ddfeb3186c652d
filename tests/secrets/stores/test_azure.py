from __future__ import annotations

import asyncio

import pytest
from counterfeit.clouds import Azure
from counterfeit.http import asker

from yett.errors import SecretError
from yett.secrets.store import WHOLE, Reading
from yett.secrets.stores.azure import KeyVault
from yett.secrets.stores.bearer import Bearer


def vault(there: Azure, given: str = "eyJ.azure") -> KeyVault:
    async def grant() -> tuple[str, float]:
        return given, 3600.0

    return KeyVault(asker(there, "https://yett-vault.vault.azure.net"), Bearer(grant, lambda: 0.0))


def refusal(store: KeyVault, name: str = "yett-vault/token") -> str:
    with pytest.raises(SecretError) as caught:
        asyncio.run(store.read(name))
    return str(caught.value)


def test_a_secret_is_read_from_its_vault():
    there = Azure()
    there.secrets = {"yett-vault/token": "one"}
    assert asyncio.run(vault(there).read("yett-vault/token")) == Reading(
        fields={WHOLE: "one"}, version="4387e9f3d6e14c459867679a90fd0f79"
    )
    asyncio.run(vault(there).read("yett-vault/token/4387e9f3d6e14c459867679a90fd0f79"))
    assert there.asked[-1] == "/secrets/token/4387e9f3d6e14c459867679a90fd0f79"


def test_what_azure_refuses_is_told_by_what_it_means():
    there = Azure()
    assert refusal(vault(there)) == "Azure has no secret `yett-vault/token`"
    assert refusal(vault(there, "expired")) == "Azure answered 401 for `yett-vault/token`"
    assert refusal(vault(there), "another/token") == "`another.vault.azure.net` is not there"
