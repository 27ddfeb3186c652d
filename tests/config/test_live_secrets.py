from __future__ import annotations

import pytest

from yett.config.live_secrets import credentials, generations, ledger_key, live_secrets, unread
from yett.errors import ConfigError, SecretError
from yett.secrets.secret import Secret

TEXT = """\
auth: { tokens: t }
servers:
  web: { url: http://a/, headers: { Authorization: "Bearer ${vault:kv/a#b}", X-Team: core, X-Key: "${K}" } }
  local: { command: x, env: { TOKEN: "${vault:kv/c#d}" } }
roles: { a: { allow: [web.x] } }
secrets: { vault: { address: "https://v:1", kubernetes: { role: r } } }
"""


class Held:
    version = "3"

    def __init__(self, value: str, generation: int = 1) -> None:
        self.value = value
        self.generation = generation

    def text(self) -> str:
        if not self.value:
            raise SecretError("Vault is sealed")
        return self.value


def test_the_secrets_that_follow_their_sources_are_found_with_their_places(config):
    found = dict(live_secrets(config(TEXT, K="hunter2")))
    assert list(found) == [
        ("servers", "web", "headers", "authorization"),
        ("servers", "local", "env", "TOKEN"),
    ]


def test_those_that_cannot_be_read_are_told_with_the_reason(config):
    read = config(TEXT, K="hunter2")
    for _, secret in live_secrets(read):
        secret.bind(lambda reference: Held("one" if reference.name == "kv/a" else ""))
    assert unread(read) == [(("servers", "local", "env", "TOKEN"), "Vault is sealed")]


def test_the_gateways_credentials_are_those_that_are_known(config):
    read = config(TEXT, K="hunter2")
    assert credentials(read) == ["hunter2"]
    for _, secret in live_secrets(read):
        secret.bind(lambda reference: Held("one"))
    assert set(credentials(read)) == {"Bearer one", "one", "hunter2"}


def test_generations_are_of_what_processes_are_started_with(config):
    read = config(TEXT, K="hunter2")
    assert generations(read) == {"local": 0}
    for _, secret in live_secrets(read):
        secret.bind(lambda reference: Held("one", 5))
    assert generations(read) == {"local": 5}


def test_a_ledger_key_that_is_short_or_not_there_stops_the_start(config):
    read = config()
    assert ledger_key(read, Secret("k" * 32)) == b"k" * 32
    with pytest.raises(ConfigError, match="shorter than 32 bytes"):
        ledger_key(read, Secret("k" * 31))
    with pytest.raises(ConfigError, match="was not read"):
        ledger_key(read, Secret(None))
