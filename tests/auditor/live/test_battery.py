import asyncio

import pytest

from yett.auditor.live.battery import REQUESTS, Battery
from yett.auditor.live.probing import where_of
from yett.auditor.live.wishes import Wishes
from yett.secrets.secret import Secret

TOKEN = "a-good-token-of-alice"


def seen(server, **wishes):
    return asyncio.run(Battery(where_of(server.url), Wishes(**wishes), None).run())["seen"]


def listed(record):
    return {probe for probe, what in record.items() if what.get("listed")}


def test_a_careful_server_lists_nothing_to_odd_requests(careless):
    server = careless(token=TOKEN)
    record = seen(server, token=Secret(TOKEN), foreign=Secret("elsewhere"))
    assert listed(record) == {"signed-in"}
    assert record["anonymous"]["status"] == 401
    assert {"forged-unsigned", "token-in-query", "foreign-audience", "batch", "duplicate-keys"} <= set(record)


@pytest.mark.parametrize(
    ("flaw", "probe"),
    [
        ("origin", "foreign-origin"),
        ("host", "foreign-host"),
        ("mismatch", "header-differs"),
        ("duplicates", "duplicate-keys"),
        ("batch", "batch"),
    ],
)
def test_each_flaw_is_seen_by_its_probe_alone(careless, flaw, probe):
    assert listed(seen(careless(flaw))) == {"anonymous", probe}


def test_tokens_are_tried_in_wrong_places(careless):
    server = careless("query", "forged", token=TOKEN)
    record = seen(server, token=Secret(TOKEN))
    assert {"forged-unsigned", "forged-random", "token-in-query"} <= listed(record)


def test_a_burst_is_sent_only_where_it_is_asked_for_and_ends(careless):
    server = careless()
    assert "burst" not in seen(server)
    assert seen(server, burst=5)["burst"] == {"sent": 5, "limited": False}


def test_requests_are_bounded_and_call_nothing(careless):
    server = careless()
    seen(server)
    assert len(server.asked) <= REQUESTS


def test_a_token_of_the_user_stands_in_no_record(careless):
    server = careless("query", token=TOKEN)
    assert TOKEN not in str(seen(server, token=Secret(TOKEN)))


def test_the_server_behind_the_gateway_is_asked_without_a_token(careless):
    behind = careless()
    record = seen(careless(token=TOKEN), direct=where_of(behind.url))
    assert record["direct"]["listed"] is True


def test_a_tool_is_called_only_where_the_user_named_it(careless):
    server = careless("calls", token=TOKEN)
    record = seen(server, calls=("add",))
    assert record["call add"]["answered"] is True
    assert not [probe for probe in seen(server) if probe.startswith("call")]
