from __future__ import annotations

import asyncio
from typing import Any

import pytest
import trustme
from counterfeit.http import served
from counterfeit.vault import Vault

from yett.config.live_secrets import live_secrets, unread
from yett.config.secret_stores import follow
from yett.errors import ConfigError
from yett.secrets.cache import Cache

TEXT = """\
auth: {{ tokens: t }}
servers:
  web: {{ url: http://a/, headers: {{ X-Key: "{}" }} }}
roles: {{ a: {{ allow: [web.x] }} }}
secrets: {{ {} }}
"""


AZURE = {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_FEDERATED_TOKEN_FILE": "/nonexistent"}


def vault_at(url: str) -> str:
    return f'vault: {{ address: "{url}", unsafe_allow_loopback: true, token: "${{TOKEN_OF_VAULT}}" }}'


def key(config: Any) -> str:
    return str(config.servers["web"].headers["x-key"].reveal())


def test_a_secret_of_vault_is_read_over_the_wire(config):
    there = Vault()
    there.put("a", b="hunter2")

    async def work(read: Any) -> tuple[str, str]:
        cache = Cache()
        await follow(cache, read)
        await cache.close()
        return key(read), read.servers["web"].headers["x-key"].versions

    with served(there) as server:
        read = config(TEXT.format("${vault:kv/a#b}", vault_at(server.url)), TOKEN_OF_VAULT=there.root)
        assert asyncio.run(work(read)) == ("hunter2", "\u2039vault:kv/a#b @1\u203a")


def test_a_reload_keeps_the_sign_in_and_what_was_read_unless_the_vault_is_another_one(config):
    there, other = Vault(), Vault()
    there.put("a", b="one")
    other.put("a", b="two")

    async def work(texts: list[str]) -> list[str]:
        cache = Cache()
        found = []
        before = None
        for text in texts:
            read = config(text, TOKEN_OF_VAULT=there.root)
            await follow(cache, read)
            secrets = dict(live_secrets(read.servers))
            found.append(f"{key(read)} {before == secrets}")
            before = secrets
        await cache.close()
        return found

    with served(there) as one, served(other) as two:
        texts = [TEXT.format("${vault:kv/a#b}", vault_at(url)) for url in (one.url, one.url, two.url)]
        assert asyncio.run(work(texts)) == ["one False", "one True", "two False"]
    assert len([line for line in there.asked if "kv/data" in line]) == 1


def test_a_vault_is_asked_anew_when_its_ca_was_renewed_although_the_config_is_the_same(config, folder):
    vault = vault_at("https://127.0.0.1:1").replace("token:", "ca: ca.pem, token:")

    async def work() -> list[bool]:
        cache, stores = Cache(), []
        for renew in (True, False, True):
            if renew:
                trustme.CA().cert_pem.write_to_path(folder / "ca.pem")
            await follow(cache, config(TEXT.format("${vault:kv/a#b}", vault), TOKEN_OF_VAULT="t" * 32))
            stores.append(cache.stores["vault"])
        await cache.close()
        return [stores[1] is stores[0], stores[2] is stores[1]]

    assert asyncio.run(work()) == [True, False]


def test_a_vault_on_a_private_address_has_to_be_allowed_by_name(config):
    async def work(read: Any) -> str:
        cache = Cache()
        await follow(cache, read)
        await cache.close()
        return unread(read)[0][1]

    text = TEXT.format("${vault:kv/a#b}", 'vault: { address: "https://127.0.0.1:9", token: "${TOKEN_OF_VAULT}" }')
    assert "is a loopback address" in asyncio.run(work(config(text, TOKEN_OF_VAULT="x")))


def test_a_file_is_followed(config, folder):
    (folder / "key").write_text("one\n")
    (folder / "key").chmod(0o600)

    async def work(read: Any) -> list[str]:
        cache = Cache()
        await follow(cache, read)
        found = [key(read)]
        (folder / "key").write_text("two\n")
        for entry in list(cache._entries.values()):
            entry.due = 0.0
        await cache.look()
        return [*found, key(read)]

    assert asyncio.run(work(config(TEXT.format("${file:key}", "")))) == ["one", "two"]


def test_a_mounted_file_is_read_where_the_config_says_so(config, errors, folder):
    (folder / "mount" / "..data").mkdir(parents=True)
    (folder / "mount" / "..data" / "key").write_text("one")
    (folder / "mount" / "..data" / "key").chmod(0o440)
    (folder / "mount" / "key").symlink_to("..data/key")
    assert "symbolic link" in errors(TEXT.format("${file:mount/key}", ""))[0]
    assert key(config(TEXT.format("${file:mount/key}", "mounts: [mount]"))) == "one"


@pytest.mark.parametrize(
    ("reference", "environment", "problem"),
    [
        ("${aws-sm:a}", {}, "no AWS region is known"),
        ("${aws-sm:a}", {"AWS_REGION": "eu-west-1"}, "AWS"),
        ("${gcp-sm:p-1/a}", {"GOOGLE_APPLICATION_CREDENTIALS": "/nonexistent"}, "cannot open the secret file"),
        ("${azure-kv:abc/a}", AZURE, "cannot read the token file"),
        ("${k8s:a/b#c}", {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "cannot read the token file"),
        ("${sops:a.yaml#b}", {}, "no such file"),
    ],
)
def test_every_store_is_built_and_says_what_it_misses(config, monkeypatch, reference, environment, problem):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if environment.get("AWS_REGION"):
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent")
        monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/yett")
        problem = "cannot read the token file"

    async def work(read: Any) -> str:
        cache = Cache()
        await follow(cache, read)
        await cache.close()
        return unread(read)[0][1]

    assert problem in asyncio.run(work(config(TEXT.format(reference, ""))))


def test_outside_of_a_cluster_there_are_no_secrets_of_one(config, monkeypatch):
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ConfigError, match="within a cluster only"):
        asyncio.run(follow(Cache(), config(TEXT.format("${k8s:a/b#c}", ""))))
