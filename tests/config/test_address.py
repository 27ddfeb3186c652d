from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.config.address import Address, Url, parse_bind, parse_listen, parse_origin, parse_public, parse_url
from yett.config.wording import Unreadable


@pytest.mark.parametrize(
    ("text", "address", "loopback"),
    [
        ("http://127.0.0.1:8080", Address("http", "127.0.0.1", 8080), True),
        ("http://127.9.9.9:0", Address("http", "127.9.9.9", 0), True),
        ("http://localhost", Address("http", "localhost", 80), True),
        ("http://LocalHost:1/", Address("http", "localhost", 1), True),
        ("http://[::1]:8080", Address("http", "::1", 8080), True),
        ("http://[0:0:0:0:0:0:0:1]", Address("http", "::1", 80), True),
        ("https://0.0.0.0:8443", Address("https", "0.0.0.0", 8443), False),
        ("https://[::]", Address("https", "::", 443), False),
        ("https://mcp.example.com", Address("https", "mcp.example.com", 443), False),
        ("http://localhost.example.com", Address("http", "localhost.example.com", 80), False),
        ("http://192.168.0.1:8080", Address("http", "192.168.0.1", 8080), False),
    ],
)
def test_listeners(text, address, loopback):
    assert parse_listen(text) == address
    assert address.loopback is loopback


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "`` is not a URL"),
        ("127.0.0.1:8080", "`127.0.0.1:8080` is not a URL"),
        ("HTTP://127.0.0.1", "unknown scheme `HTTP`"),
        ("unix:///run/yett.sock", "unknown scheme `unix`"),
        ("http://127.0.0.1:8080/mcp", "a listener has no path, and this one has `/mcp`"),
        ("http://127.0.0.1?x", "a listener has no path, and this one has `?x`"),
        ("http://a@127.0.0.1", "a name or password in the URL"),
        ("http://127.0.0.1:080", "`080` is not a port in `http://127.0.0.1:080`"),
        ("http://127.0.0.1:65536", "`65536` is not a port in `http://127.0.0.1:65536`"),
        ("http://127.0.0.1:", "`` is not a port in `http://127.0.0.1:`"),
        ("http://127.0.0.1:+80", "`+80` is not a port in `http://127.0.0.1:+80`"),
        ("http://0177.0.0.1", "`0177.0.0.1` is not an IPv4 address"),
        ("http://2130706433", "`2130706433` is not an IPv4 address"),
        ("http://0x7f000001", "`0x7f000001` is not an IPv4 address"),
        ("http://[::1", "`http://[::1` is not a URL"),
        ("http://[::g]", "`http://[::g]` is not a URL"),
        ("http://[1.2.3.4]", "`http://[1.2.3.4]` is not a URL"),
        ("http://a..b", "`a..b` is not a host name in `http://a..b`"),
        ("http://-a", "`-a` is not a host name in `http://-a`"),
        ("http://localhost.", "`localhost.` is not a host name in `http://localhost.`"),
        ("http://a b", "`http://a b` is not a URL"),
        ("http://a\\b", "`http://a\\b` is not a URL"),
        ("http://a\tb", "`http://a\tb` is not a URL"),
        ("http://", "`http://` is not a URL"),
        ("http://:80", "`http://:80` names no host"),
    ],
)
def test_what_is_no_listener(text, message):
    with pytest.raises(Unreadable) as caught:
        parse_listen(text)
    assert str(caught.value) == message


def test_a_public_name_is_an_origin():
    assert str(parse_public("https://mcp.example.com")) == "https://mcp.example.com:443"
    with pytest.raises(Unreadable, match="the public name has no path"):
        parse_public("https://mcp.example.com/x")
    with pytest.raises(Unreadable, match="a public name cannot have port 0"):
        parse_public("https://mcp.example.com:0")


def test_binding_needs_host_and_port():
    assert parse_bind("127.0.0.1:9090") == Address("", "127.0.0.1", 9090)
    assert str(parse_bind("[::1]:9090")) == "[::1]:9090"
    for text in ("9090", ":9090", "127.0.0.1", "http://127.0.0.1:9090", "a b:1", "127.0.0.1:x", "::1"):
        with pytest.raises(Unreadable):
            parse_bind(text)


@pytest.mark.parametrize(
    ("text", "host", "port", "path"),
    [
        ("http://127.0.0.1:3001/mcp", "127.0.0.1", 3001, "/mcp"),
        ("https://api.example.com", "api.example.com", 443, "/"),
        ("https://api.example.com/mcp/?team=core", "api.example.com", 443, "/mcp/?team=core"),
        ("https://api.example.com?team=core", "api.example.com", 443, "/?team=core"),
        ("http://my_service:3000/mcp", "my_service", 3000, "/mcp"),
        ("http://[fd00::1]:3000/a%20b", "fd00::1", 3000, "/a%20b"),
    ],
)
def test_servers(text, host, port, path):
    url = parse_url(text)
    assert (url.text, url.address.host, url.address.port, url.path) == (text, host, port, path)
    assert str(url) == text


@pytest.mark.parametrize(
    "text",
    [
        "https://alice:hunter2@api.example.com/mcp",
        "https://alice@api.example.com/mcp",
        "https://api.example.com/mcp?api_key=hunter2",
        "https://api.example.com/mcp?x=1&tavilyApiKey=hunter2",
        "https://api.example.com/mcp?key=hunter2",
        "https://api.example.com/mcp?access_token=hunter2",
    ],
)
def test_credentials_in_a_url_are_refused_and_not_repeated(text):
    with pytest.raises(Unreadable) as caught:
        parse_url(text)
    assert "hunter2" not in f"{caught.value} {caught.value.help}"


def test_a_url_for_a_server_has_no_fragment_and_a_real_port():
    for text in ("http://a/mcp#x", "http://a/#", "http://a:0/mcp"):
        with pytest.raises(Unreadable):
            parse_url(text)


@given(st.text(max_size=30) | st.text(alphabet="htps:/[]@?#%.-0127ax\\ ", max_size=30).map("http://".__add__))
def test_any_text_is_an_address_or_unreadable(text):
    for parse in (parse_listen, parse_public, parse_bind, parse_url):
        try:
            read = parse(text)
        except Unreadable:
            continue
        address = read.address if isinstance(read, Url) else read
        assert 0 <= address.port <= 65535
        assert address.host


def test_a_web_origin_is_scheme_host_and_port_and_nothing_more():
    assert str(parse_origin("https://page.example")) == "https://page.example:443"
    for wrong in ("*", "null", "https://page.example/", "https://page.example/x", "page.example", "ftp://x"):
        with pytest.raises(Unreadable):
            parse_origin(wrong)
