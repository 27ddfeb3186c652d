from __future__ import annotations

import pytest

from yett.errors import ConfigError
from yett.wire.address import Address, address
from yett.wire.client import Origin


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "path"),
    [
        ("http://localhost:3000/mcp", "http", "localhost", 3000, b"/mcp"),
        ("https://mcp.example.com", "https", "mcp.example.com", 443, b"/"),
        ("https://mcp.example.com/a/b/?k=v&x", "https", "mcp.example.com", 443, b"/a/b/?k=v&x"),
        ("http://[::1]:8080/mcp", "http", "::1", 8080, b"/mcp"),
        ("http://host/%2e%2e/x", "http", "host", 80, b"/%2e%2e/x"),
    ],
)
def test_a_url_says_where_the_server_is(url, scheme, host, port, path):
    assert address(url) == Address(origin=Origin(scheme=scheme, host=host, port=port), path=path)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mcp.example.com",
        "ftp://host/",
        "file:///etc/passwd",
        "http://",
        "http:///mcp",
        "http://user:secret@host/",
        "http://user:secret@[::1/",
        "http://@host/",
        "http://host/#fragment",
        "http://host/#",
        "http://host:0/",
        "http://host:99999/",
        "http://host:port/",
        "http://[::1/",
        "http://ho st/",
        "http://host/a b",
        "http://host/é",
        "http://hö.example/",
    ],
)
def test_a_url_that_says_more_or_less_is_refused(url):
    with pytest.raises(ConfigError) as caught:
        address(url)
    assert "secret" not in str(caught.value)
