from __future__ import annotations

import pytest
from msgspec.structs import replace

from yett.core.exchange import (
    ANONYMOUS,
    UNREAD,
    Channel,
    Entrance,
    Era,
    Exchange,
    Mirrored,
    Principal,
    Quota,
    Tool,
)
from yett.core.message import Notification, Request

CHANNEL = Channel(entrance=Entrance.GATEWAY, peer="192.0.2.1")


def test_a_new_exchange_knows_nothing_and_presumes_nothing():
    exchange = Exchange(id="e1", received_at=1.0, channel=CHANNEL, server="demo")
    assert exchange.request is UNREAD
    assert exchange.principal is ANONYMOUS
    assert (exchange.era, exchange.quota, exchange.tool) == (None, None, None)
    assert (exchange.encoded, exchange.version, exchange.session) == (b"", "", "")


def test_an_exchange_is_enriched_by_replacing_it():
    before = Exchange(id="e1", received_at=1.0, channel=CHANNEL, server="demo")
    after = replace(before, request=Request(id=1, method="ping"), era=Era.LEGACY)
    assert (after.id, after.request, after.era) == ("e1", Request(id=1, method="ping"), Era.LEGACY)
    assert before.request is UNREAD
    with pytest.raises(AttributeError):
        before.server = "other"


def test_what_was_not_read_is_no_message_that_exists():
    assert Notification(method="") == UNREAD


def test_nobody_has_no_rights():
    assert ANONYMOUS.roles == ANONYMOUS.claimed_roles == ANONYMOUS.groups == ANONYMOUS.scopes == frozenset()
    assert ANONYMOUS.issuer == ""


def test_the_same_subject_of_another_issuer_is_another_principal():
    assert Principal(issuer="a", subject="bc") != Principal(issuer="ab", subject="c")


def test_a_channel_tells_absent_from_empty():
    assert (CHANNEL.host, CHANNEL.origin, CHANNEL.secure) == (None, None, False)
    assert Channel(entrance=Entrance.STDIO, peer="", origin="") != Channel(entrance=Entrance.STDIO, peer="")


def test_a_quota_is_unspent_unless_told():
    assert Quota() == Quota(spent="", retry_after=0.0)


def test_a_tool_shows_its_schema_unchecked():
    schema = {"type": "object"}
    tool = Tool(server="demo", name="a", digest="", definition={"name": "a", "inputSchema": schema})
    assert tool.input_schema is schema
    assert Tool(server="demo", name="a", digest="", definition={}).input_schema is None
    assert tool.mirrored == ()


def test_mirrored_parameters_are_values():
    assert Mirrored(header="Region", path=("region",), type="string") == Mirrored(
        header="Region", path=("region",), type="string"
    )
