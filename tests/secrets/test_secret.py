from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint
import traceback

import msgspec
import pytest

from yett.errors import SecretError
from yett.secrets.secret import Secret

CANARY = "canary-6c1f0a"


@pytest.fixture
def secret() -> Secret:
    return Secret(f"Bearer {CANARY}", shown="Bearer <env:TOKEN>")


def test_reveal_is_the_way_in(secret):
    assert secret.reveal() == f"Bearer {CANARY}"
    assert secret.known


@pytest.mark.parametrize(
    "show",
    [repr, str, "{}".format, "{!r:>40}".format, "%s".__mod__, pprint.pformat, lambda s: f"{s!s} {[s]} { ({'a': s}) }"],
)
def test_no_way_of_printing_shows_the_value(secret, show):
    assert "Secret(***)" in show(secret)
    assert CANARY not in show(secret)


def test_logging_does_not_show_the_value(secret, caplog):
    logging.getLogger("any").warning("got %s and %r", secret, {"token": secret})
    assert caplog.messages == ["got Secret(***) and {'token': Secret(***)}"]


def test_a_traceback_with_locals_does_not_show_the_value(secret):
    def fail(held: Secret) -> None:
        raise ValueError(held)

    with pytest.raises(ValueError) as caught:
        fail(secret)
    text = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "held = Secret(***)" in text
    assert CANARY not in text


@pytest.mark.parametrize("write", [json.dumps, pickle.dumps, msgspec.json.encode])
def test_serialisers_refuse(secret, write):
    with pytest.raises(TypeError):
        write(secret)


def test_copies_are_the_same_object(secret):
    assert copy.copy(secret) is secret
    assert copy.deepcopy({"a": secret})["a"] is secret


def test_it_has_no_dict_to_look_into(secret):
    assert not hasattr(secret, "__dict__")


def test_it_cannot_be_hashed(secret):
    with pytest.raises(TypeError):
        hash(secret)


def test_secrets_compare_by_value():
    assert Secret("a") == Secret("a", shown="elsewhere")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert Secret(None, shown="x") == Secret(None, shown="x")
    assert Secret(None, shown="x") != Secret("x", shown="x")


def test_a_secret_that_was_not_read_says_which_one():
    absent = Secret(None, shown="<env:TOKEN>")
    assert not absent.known
    with pytest.raises(SecretError, match=r"the secret <env:TOKEN> was not read"):
        absent.reveal()
