from __future__ import annotations

import inspect

from yett.enforce.delivery import Delivery
from yett.enforce.http_delivery import HttpDelivery


def test_a_delivery_takes_cleared_messages_and_refusals_and_nothing_else() -> None:
    parameters = inspect.signature(Delivery.message).parameters
    assert parameters["cleared"].annotation == "Cleared[Message]"


def test_the_http_mode_offers_all_that_a_delivery_must() -> None:
    for name, member in inspect.getmembers(Delivery, inspect.isfunction):
        if not name.startswith("_"):
            assert inspect.signature(getattr(HttpDelivery, name)) == inspect.signature(member), name
