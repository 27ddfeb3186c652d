from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.detect import addresses
from yett.errors import FetchFailed, UnsafeInput
from yett.safe import url as module
from yett.safe.url import Reach, Target, check_url


def _names(**known: list[str]):
    def look_up(host: str, port: int) -> list[str]:
        found = known.get(host.replace(".", "_"))
        if found is None:
            raise OSError("not found")
        return found

    return look_up


PUBLIC = Reach(look_up=_names(example_com=["93.184.216.34", "2606:2800:220:1::1"]))
ANY = Reach(schemes=("http", "https"), look_up=lambda _host, _port: ["93.184.216.34"])


def test_a_public_host_may_be_asked_where_it_was_found():
    assert check_url("https://Example.com./a?b=c#d", PUBLIC) == Target(
        url="https://Example.com./a?b=c#d",
        scheme="https",
        host="example.com",
        port=443,
        path="/a?b=c",
        addresses=("93.184.216.34", "2606:2800:220:1::1"),
    )


def test_a_name_that_is_not_found_is_no_answer():
    with pytest.raises(FetchFailed, match="was not found"):
        check_url("https://missing.example/", PUBLIC)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "2001:0:4136:e378::",
    ],
)
def test_one_address_that_is_not_public_refuses_the_name(address):
    reach = Reach(look_up=_names(mixed_example=["93.184.216.34", address]))
    with pytest.raises(UnsafeInput, match=r"`mixed\.example` is an? "):
        check_url("https://mixed.example/", reach)
    shown = f"[{address}]" if ":" in address else address
    with pytest.raises(UnsafeInput):
        check_url(f"https://{shown}/", reach)


@pytest.mark.parametrize(
    "host",
    [
        "0177.0.0.1",
        "017700000001",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "127.1",
        "127.0.1",
        "0x",
        "1.2.3.4.5",
        "256.1.1.1",
        "a.0x7f",
        "127.0.0.01",
    ],
)
def test_numbers_that_some_read_as_an_address_are_refused(host):
    with pytest.raises(UnsafeInput, match="number that some read"):
        check_url(f"https://{host}/", ANY)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https:///path",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://example.com@127.0.0.1/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com:0/",
        "https://example.com:/",
        "https://example.com:99999/",
        "https://example.com:x/",
        "https://exam ple.com/",
        "https://example.com/a b",
        "https://example.com/\r\nx: y",
        "https://example.com/\x00",
        "https://ⓛocalhost/",
        "https://127。0。0。1/",
        "https://%31%32%37.0.0.1/",
        "https://[fe80::1%25eth0]/",
        "https://[::1",
        "https://[v1.x]/",
        "https://-a.example/",
        "https://a..example/",
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 127 + "example/",
        "https://example.com/" + "x" * module.URL_LENGTH,
    ],
)
def test_what_two_readers_could_read_differently_is_refused(url):
    with pytest.raises(UnsafeInput):
        check_url(url, ANY)


def test_only_the_schemes_ports_and_hosts_that_were_allowed():
    with pytest.raises(UnsafeInput, match="only https"):
        check_url("http://example.com/", PUBLIC)
    with pytest.raises(UnsafeInput, match="port 22"):
        check_url("https://example.com:22/", PUBLIC)
    assert check_url("https://example.com:8443/", Reach(ports=(8443,), look_up=PUBLIC.look_up)).port == 8443
    with pytest.raises(UnsafeInput, match="not one of the hosts"):
        check_url("https://example.com/", Reach(hosts=["other.example"], look_up=PUBLIC.look_up))
    assert (
        check_url("https://example.com/", Reach(hosts=["Example.COM."], look_up=PUBLIC.look_up)).host == "example.com"
    )


def test_a_network_may_be_allowed_but_never_the_one_of_the_metadata():
    reach = Reach(unsafe_allow_networks=["127.0.0.0/8", "169.254.0.0/16"])
    assert check_url("https://127.0.0.1/", reach).addresses == ("127.0.0.1",)
    with pytest.raises(UnsafeInput, match="link-local"):
        check_url("https://169.254.169.254/", reach)


def test_a_name_with_too_many_addresses_or_none_is_refused():
    many = [f"93.184.0.{n}" for n in range(module.ADDRESSES + 1)]
    for found in (many, []):
        with pytest.raises(UnsafeInput, match="addresses"):
            check_url("https://example.com/", Reach(look_up=_names(example_com=found)))


def test_looking_up_takes_no_longer_than_it_may():
    let_go = threading.Event()

    def slow(host: str, port: int) -> list[str]:
        let_go.wait()
        return ["93.184.216.34"]

    with pytest.raises(FetchFailed, match="within"):
        check_url("https://example.com/", Reach(look_up=slow), timeout=0.05)
    let_go.set()


def test_the_authority_is_what_a_host_header_has():
    reach = Reach(schemes=("http", "https"), ports=(80, 8443, 443), look_up=PUBLIC.look_up)
    assert check_url("https://example.com/", reach).authority == "example.com"
    assert check_url("https://example.com:8443/", reach).authority == "example.com:8443"
    assert check_url("https://[2606:2800:220:1::1]/", reach).authority == "[2606:2800:220:1::1]"


_HOST = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
    st.integers(0, 2**33).flatmap(lambda n: st.sampled_from([str(n), hex(n), oct(n), f"0{n:o}"])),
    st.lists(st.integers(0, 300), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts))),
    st.from_regex(r"[a-z0-9.@:%\\\[\]-]{1,20}", fullmatch=True),
    st.text(max_size=10),
)


@given(st.sampled_from(["https://", "http://", "//", "https:", "HTTPS://"]), _HOST, st.text(max_size=5))
def test_whatever_is_let_pass_is_at_public_addresses_only(scheme, host, rest):
    try:
        target = check_url(scheme + host + "/" + rest, Reach(look_up=lambda _host, _port: ["93.184.216.34"]))
    except UnsafeInput:
        return
    assert target.addresses
    assert all(addresses.kind(address) == "public" for address in target.addresses)
    assert target.path.isascii()
    assert target.path.isprintable()
    assert " " not in target.path
