from __future__ import annotations

import copy
import pickle

import pytest

from yett.errors import SecretError
from yett.secrets.live import LiveSecret
from yett.secrets.references import Reference, parse
from yett.secrets.secret import Secret


class Fixed:
    """A held value that a test changes."""

    def __init__(self, value: str, version: str = "") -> None:
        self.value = value
        self.version = version
        self.generation = 1

    def text(self) -> str:
        if not self.value:
            raise SecretError("it is gone")
        return self.value


def live(text: str, **environment: str) -> LiveSecret:
    parts = parse(text)
    first = {part: environment[part.name] for part in parts if isinstance(part, Reference) and part.name in environment}
    return LiveSecret(parts, first=first)


def test_it_reveals_what_was_read_with_the_config_until_it_is_bound():
    secret = live("Bearer ${A}", A="hunter2")
    assert (secret.known, secret.reveal(), secret.shown) == (True, "Bearer hunter2", "Bearer \u2039env:A\u203a")
    assert not live("${vault:kv/a#b}").known
    with pytest.raises(SecretError, match="was not read"):
        live("${vault:kv/a#b}").reveal()


def test_once_bound_it_follows():
    secret, held = live("${A}:${vault:kv/a#b}", A="me"), Fixed("one", "3")
    secret.bind(lambda reference: held)
    assert secret.reveal() == "me:one"
    held.value = "two"
    assert secret.reveal() == "me:two"
    held.value = ""
    assert not secret.known
    with pytest.raises(SecretError, match="it is gone"):
        secret.reveal()


def test_the_version_is_shown_and_the_value_is_not():
    secret, held = live("Bearer ${vault:kv/a#b}"), Fixed("hunter2", "7")
    assert secret.versions == "Bearer \u2039vault:kv/a#b\u203a"
    secret.bind(lambda reference: held)
    assert secret.versions == "Bearer \u2039vault:kv/a#b @7\u203a"
    held.version = ""
    assert secret.versions == "Bearer \u2039vault:kv/a#b\u203a"


def test_no_way_of_printing_shows_the_value():
    secret = live("${vault:kv/a#b}")
    secret.bind(lambda reference: Fixed("hunter2"))
    assert "hunter2" not in f"{secret} {secret!r} {[secret]} %s" % secret
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert copy.deepcopy(secret) is secret


def test_equal_secrets_come_from_the_same_sources():
    held, other = Fixed("a"), Fixed("a")
    one, same, elsewhere = live("${vault:kv/a#b}"), live("${vault:kv/a#b}"), live("${vault:kv/a#b}")
    assert one == same
    assert one != live("${vault:kv/a#c}")
    assert one != Secret("a")
    assert live("${A}", A="x") != live("${A}", A="y")
    one.bind(lambda reference: held)
    same.bind(lambda reference: held)
    elsewhere.bind(lambda reference: other)
    assert one == same
    assert one != elsewhere


def test_a_config_that_was_read_again_has_the_same_secrets_as_the_one_that_runs():
    running, again = live("${A}:${file:/a}", A="me"), live("${A}:${file:/a}", A="me")
    running.bind(lambda reference: Fixed("one"))
    assert running == again
    assert again == running
    assert running != live("${A}:${file:/a}", A="you")
    assert running != live("${A}:${file:/b}", A="me")


def test_the_generation_counts_the_changes_of_its_parts():
    secret = live("${vault:kv/a#b}${vault:kv/c#d}")
    assert secret.generation == 0
    secret.bind(lambda reference: Fixed("a"))
    assert secret.generation == 2


def test_what_is_followed_is_all_but_the_environment():
    assert [reference.kind for reference in live("${A}${file:x}${vault:kv/a#b}", A="x").followed] == ["file", "vault"]
