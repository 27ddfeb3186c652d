from __future__ import annotations

import math

import pytest

from yett.wire.origin import Origin, Timeouts


@pytest.mark.parametrize(
    ("scheme", "host", "port", "text"),
    [
        ("http", "mcp.example", 80, "http://mcp.example"),
        ("http", "mcp.example", 443, "http://mcp.example:443"),
        ("https", "mcp.example", 443, "https://mcp.example"),
        ("https", "10.0.0.1", 8443, "https://10.0.0.1:8443"),
        ("http", "::1", 3000, "http://[::1]:3000"),
        ("http", "my_service", 3000, "http://my_service:3000"),
    ],
)
def test_an_origin_reads_as_its_url(scheme, host, port, text):
    origin = Origin(scheme=scheme, host=host, port=port)
    assert str(origin) == text
    assert origin.authority == text.partition("://")[2]


@pytest.mark.parametrize(
    ("scheme", "host", "port"),
    [
        *(
            ("ftp", "a", 21),
            ("HTTP", "a", 80),
            ("", "a", 80),
            ("http", "", 80),
            ("http", "a b", 80),
            ("http", "a\r\nx: y", 80),
        ),
        *(("http", "user@a", 80), ("http", "a/b", 80), ("http", "a", 0), ("http", "a", 65_536), ("http", "[::1]", 80)),
    ],
)
def test_what_is_no_origin_is_an_error(scheme, host, port):
    with pytest.raises(ValueError, match=r"neither|not a host"):
        Origin(scheme=scheme, host=host, port=port)


def test_silence_of_15_seconds_is_not_too_long_and_the_total_is_open():
    assert Timeouts().first_byte > 15
    assert Timeouts().idle > 30
    assert Timeouts().total == math.inf
    assert Timeouts(first_byte=3, idle=2).shortest == 2
