from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from counterfeit.clouds import Cluster as Counterfeit
from counterfeit.http import asker

from yett.errors import SecretError
from yett.secrets.store import Reading
from yett.secrets.stores.kubernetes import Cluster


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("the-pod-jwt")
    return path


def cluster(there: Counterfeit, token: Path) -> Cluster:
    return Cluster(asker(there, "https://10.0.0.1:443"), "https://10.0.0.1:443", token)


def test_a_secret_is_read_with_the_pods_token_as_it_is_now(token):
    there = Counterfeit()
    there.secrets = {"apps/github": {"token": b"one\n", "binary": b"\xff"}}
    store = cluster(there, token)
    assert asyncio.run(store.read("apps/github")) == Reading(fields={"token": "one"}, version="42")
    there.token = "renewed"
    token.write_text("renewed")
    assert asyncio.run(store.read("apps/github")).version == "42"


def test_what_kubernetes_refuses_is_told_by_what_it_means(token):
    there = Counterfeit()

    def refusal() -> str:
        with pytest.raises(SecretError) as caught:
            asyncio.run(cluster(there, token).read("apps/github"))
        return str(caught.value)

    assert refusal() == "Kubernetes has no secret `apps/github`"
    there.status = 403
    assert refusal() == "Kubernetes permits the gateway's service account no access to `apps/github`"
    there.token = "another"
    assert refusal() == "Kubernetes does not accept the service account's token for `apps/github`"
    token.unlink()
    assert "cannot read the token file" in refusal()
