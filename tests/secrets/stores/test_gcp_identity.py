from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from counterfeit.clouds import Google
from counterfeit.http import Question, Reply, asker
from joserfc import jwk

from yett.errors import SecretError
from yett.secrets.stores.gcp_identity import Machine, ServiceAccount

KEY = jwk.RSAKey.generate_key(2048)


def key_file(folder: Path, **changes: Any) -> Path:
    account = {
        "type": "service_account",
        "client_email": "yett@project.iam.gserviceaccount.com",
        "private_key": KEY.as_pem(private=True).decode(),
        "private_key_id": "1",
        "token_uri": "https://evil.example/token",
    }
    path = folder / "key.json"
    path.write_text(json.dumps(account | changes))
    path.chmod(0o600)
    return path


def test_a_key_file_signs_for_a_token_and_the_token_is_asked_for_at_google_alone(tmp_path):
    there = Google(KEY)
    grant = ServiceAccount(asker(there, "https://oauth2.googleapis.com"), key_file(tmp_path), time.time)
    assert asyncio.run(grant()) == ("ya29.token", 3599.0)
    assert there.asked == ["/token"]


@pytest.mark.parametrize("changes", [{"type": "authorized_user"}, {"client_email": None}, {"private_key": "hunter2"}])
def test_a_file_that_is_no_service_accounts_is_refused_without_showing_it(tmp_path, changes):
    grant = ServiceAccount(asker(Google(KEY)), key_file(tmp_path, **changes), time.time)
    with pytest.raises(SecretError, match="key file") as caught:
        asyncio.run(grant())
    assert "hunter2" not in str(caught.value)


def test_a_machine_asks_its_metadata_server():
    def metadata(question: Question) -> Reply:
        assert question.headers["metadata-flavor"] == "Google"
        assert question.headers["host"] == "169.254.169.254"
        return Reply(200, {"access_token": "ya29.token", "expires_in": 100})

    assert asyncio.run(Machine(asker(metadata))()) == ("ya29.token", 100.0)
