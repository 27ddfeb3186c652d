from __future__ import annotations

import pytest

from yett.core.exchange import Channel, Entrance, Exchange
from yett.core.verdict import ALLOW, Deny
from yett.guards.origin import HOST_UNKNOWN, ORIGIN_FOREIGN, Origin

GUARD = Origin(hosts=["127.0.0.1:8080", "mcp.example.com"], origins=["https://app.example.com", "null"])


def judged(host: str | None, origin: str | None = None, guard: Origin = GUARD, entrance: Entrance = Entrance.GATEWAY):
    channel = Channel(entrance=entrance, peer="127.0.0.1", host=host, origin=origin)
    return guard.check_request(Exchange(id="x", received_at=0.0, channel=channel, server="demo"))


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "mcp.example.com", "MCP.Example.COM"])
def test_a_listed_host_is_admitted(host):
    assert judged(host) == ALLOW


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "127.0.0.1",
        "127.0.0.1:8081",
        "evil.example",
        "mcp.example.com.",
        "mcp.example.com:443",
        "mcp.example.com.evil.example",
        "evil.example#mcp.example.com",
        " mcp.example.com",
        "mcp.example.com,evil.example",
        "m\N{KELVIN SIGN}p.example.com",
    ],
)
def test_any_other_host_is_refused(host):
    verdict = judged(host)
    assert isinstance(verdict, Deny)
    assert verdict.reason == HOST_UNKNOWN


@pytest.mark.parametrize("origin", [None, "https://app.example.com", "HTTPS://App.example.com"])
def test_a_listed_or_missing_origin_is_admitted(origin):
    assert judged("127.0.0.1:8080", origin) == ALLOW


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "http://app.example.com",
        "https://app.example.com:443",
        "https://app.example.com.evil.example",
        "https://app.example.com/",
        "https://evil.example",
        "http://127.0.0.1:8080",
        "https://app.example.com https://evil.example",
    ],
)
def test_any_other_origin_is_refused(origin):
    verdict = judged("127.0.0.1:8080", origin)
    assert isinstance(verdict, Deny)
    assert verdict.reason == ORIGIN_FOREIGN


def test_empty_lists_allow_nothing():
    guard = Origin(hosts=[])
    assert judged("127.0.0.1:8080", guard=guard).reason == HOST_UNKNOWN
    assert judged("a", "https://a", Origin(hosts=["a"])).reason == ORIGIN_FOREIGN


def test_case_is_folded_in_ascii_only():
    assert judged("\N{KELVIN SIGN}", guard=Origin(hosts=["k"])).reason == HOST_UNKNOWN


def test_standard_input_has_no_host():
    assert judged(None, entrance=Entrance.STDIO) == ALLOW


def test_the_ledger_learns_the_value_and_it_is_ascii_and_short():
    assert judged("\x00\N{LATIN SMALL LETTER E WITH ACUTE}" * 1_000).detail == ascii(
        "\x00\N{LATIN SMALL LETTER E WITH ACUTE}" * 100
    )
    assert judged(None) == Deny(reason=HOST_UNKNOWN, detail="none")
