from __future__ import annotations

import pytest
from msgspec import UNSET

from yett.core.message import Failure, Message, Notification, Reply, Request

EXAMPLES: list[Message] = [
    Request(id=1, method="tools/call", params={"name": "a"}),
    Notification(method="notifications/initialized"),
    Reply(id=1, result={}),
    Reply(id=None, error=Failure(code=-32700, message="parse error")),
]


@pytest.mark.parametrize("message", EXAMPLES)
def test_messages_are_frozen(message):
    for field in message.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(message, field, None)


def test_messages_are_compared_as_wholes():
    assert Request(id=1, method="a", params={"x": [1]}) == Request(id=1, method="a", params={"x": [1]})
    assert Request(id=1, method="a") != Request(id="1", method="a")
    assert Request(id=1, method="a") != Notification(method="a")


def test_messages_are_made_by_name_alone():
    with pytest.raises(TypeError):
        Request(1, "a")


def test_data_that_is_absent_is_not_null():
    assert Failure(code=1, message="m").data is UNSET
    assert Failure(code=1, message="m", data=None) != Failure(code=1, message="m")


def test_params_may_be_absent():
    assert Request(id=1, method="ping").params is None
    assert Notification(method="a").params is None
