from __future__ import annotations

import asyncio

import pytest

from yett.core.ask import Ask
from yett.errors import AskError, SecretError
from yett.secrets.store import WHOLE, Lease, Plain, Reading, asked, fields_of, json_object


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"1", b'"a"', b"\xff"])
def test_only_a_json_object_is_an_answer(body):
    with pytest.raises(SecretError, match="the store answered with something that is not"):
        json_object(body, "the store")


def test_a_json_object_has_its_texts_as_fields():
    assert fields_of('{"a": "b", "n": 1, "": "x"}') == {WHOLE: '{"a": "b", "n": 1, "": "x"}', "a": "b"}
    assert fields_of("plain") == {WHOLE: "plain"}
    assert fields_of("[1]") == {WHOLE: "[1]"}


def test_a_reading_does_not_print_its_fields():
    assert "hunter2" not in repr(Reading(fields={"a": "hunter2"}))


def test_what_cannot_be_asked_is_an_error_about_a_secret():
    async def nobody(ask: Ask):
        raise AskError("nobody there")

    with pytest.raises(SecretError, match="nobody there"):
        asyncio.run(asked(nobody, Ask(url="https://x/")))


def test_a_plain_store_has_no_leases():
    with pytest.raises(SecretError, match="there is no lease"):
        asyncio.run(Plain().renew(Lease(id="a", seconds=1.0)))
