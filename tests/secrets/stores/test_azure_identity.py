from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from counterfeit.clouds import Azure
from counterfeit.http import Question, Reply, asker

from yett.errors import SecretError
from yett.secrets.secret import Secret
from yett.secrets.stores.azure_identity import Application, ManagedIdentity


def application(there: Azure, secret: Secret | None = None, **environment: str) -> Application:
    more: dict[str, Any] = {"tenant": "tenant-1", "client_id": "app-1", "resource": "https://vault.azure.net"}
    return Application(
        asker(there, "https://login.microsoftonline.com"), secret=secret, environment=environment, **more
    )


def test_a_client_secret_is_exchanged_for_a_token():
    there = Azure()
    assert asyncio.run(application(there, Secret("hunter2-secret"))()) == ("eyJ.azure", 3599.0)
    assert there.asked == ["/tenant-1/oauth2/v2.0/token"]
    assert asyncio.run(application(there, AZURE_CLIENT_SECRET="hunter2-secret")())[0] == "eyJ.azure"


def test_a_federated_token_is_exchanged_for_a_token(tmp_path: Path):
    (tmp_path / "token").write_text("the-federated-token\n")
    grant = application(Azure(), AZURE_FEDERATED_TOKEN_FILE=str(tmp_path / "token"))
    assert asyncio.run(grant())[0] == "eyJ.azure"


def test_a_refused_sign_in_does_not_repeat_what_was_sent():
    with pytest.raises(SecretError) as caught:
        asyncio.run(application(Azure(), Secret("hunter2-wrong"))())
    assert str(caught.value) == "Azure refused the gateway's sign-in with 401"
    with pytest.raises(SecretError, match="no Azure credentials"):
        asyncio.run(application(Azure())())


def test_a_machine_asks_its_metadata_server():
    def metadata(question: Question) -> Reply:
        assert question.headers["metadata"] == "true"
        assert question.query["client_id"] == "identity-1"
        assert question.query["resource"] == "https%3A%2F%2Fvault.azure.net"
        return Reply(200, {"access_token": "eyJ.azure", "expires_in": "86399"})

    identity = ManagedIdentity(asker(metadata), client_id="identity-1", resource="https://vault.azure.net")
    assert asyncio.run(identity()) == ("eyJ.azure", 86399.0)
