from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.detect.addresses import kind, network, refusal

INSIDE = {
    "0.0.0.0": "unspecified",
    "10.1.2.3": "private",
    "100.64.0.1": "private",
    "100.100.100.200": "private",  # the metadata address of a cloud
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "169.254.169.254": "link-local",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.0.0.192": "reserved",  # the metadata address of another
    "192.168.1.1": "private",
    "198.18.0.1": "private",
    "224.0.0.1": "multicast",
    "255.255.255.255": "reserved",
    "::": "unspecified",
    "::1": "loopback",
    "::127.0.0.1": "loopback",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:7f00:1": "loopback",
    "::ffff:a9fe:a9fe": "link-local",
    "::ffff:0:127.0.0.1": "reserved",
    "64:ff9b::127.0.0.1": "loopback",
    "64:ff9b::a9fe:a9fe": "link-local",
    "64:ff9b::10.0.0.1": "private",
    "64:ff9b:1::8.8.8.8": "private",
    "2002:7f00:1::1": "loopback",
    "2002:a00:1::": "private",
    "2001::1": "reserved",
    "2001:db8::1": "reserved",
    "3fff::1": "reserved",
    "fc00::1": "private",
    "fd00:ec2::254": "private",  # the metadata address of a third, over IPv6
    "fe80::1": "link-local",
    "fe80::1%eth0": "unreadable",
    "fec0::1": "private",
    "ff02::1": "multicast",
    "4000::1": "reserved",
    "localhost": "unreadable",
    "127.1": "unreadable",
    "0x7f.0.0.1": "unreadable",
    "0177.0.0.1": "unreadable",
    "2130706433": "unreadable",
    "": "unreadable",
}
PUBLIC = ("8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::")


@pytest.mark.parametrize("text", INSIDE)
def test_what_is_not_the_public_internet_is_refused_in_every_form(text):
    assert kind(text) == INSIDE[text]
    assert refusal(text)


@pytest.mark.parametrize("text", PUBLIC)
def test_the_public_internet_is_open(text):
    assert (kind(text), refusal(text)) == ("public", "")


def test_a_network_that_is_allowed_opens_itself_and_nothing_else():
    allowed = (network("10.1.0.0/16"), network("fd00:1::/32"))
    assert [bool(refusal(one, allowed)) for one in ("10.1.2.3", "::ffff:10.1.2.3", "fd00:1::5")] == [False] * 3
    assert [bool(refusal(one, allowed)) for one in ("10.2.0.1", "127.0.0.1", "fd00:2::5")] == [True] * 3


def test_link_local_addresses_cannot_be_allowed():
    everything = (network("0.0.0.0/0"), network("::/0"))
    assert refusal("169.254.169.254", everything) == "a link-local address (`169.254.169.254`)"
    assert refusal("::ffff:a9fe:a9fe", everything)
    assert refusal("0.0.0.0", everything) == "an unspecified address (`0.0.0.0`)"
    assert refusal("not an address", everything)


@given(st.ip_addresses())
def test_what_python_takes_for_private_is_never_public_here(address):
    # What carries an IPv4 address is judged as that one; Python before 3.11.4 takes all of 6to4 for private.
    carried = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if kind(str(address)) == "public" and not carried:
        assert not any((address.is_private, address.is_loopback, address.is_link_local, address.is_multicast))


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_in_every_wrapping(address):
    number = int(address)
    wrapped = [
        ipaddress.IPv6Address(0xFFFF_0000_0000 | number),
        ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) | number),
        ipaddress.IPv6Address(int(ipaddress.IPv6Address("2002::")) | number << 80),
    ]
    assert {kind(str(one)) for one in wrapped} == {kind(str(address))}


@given(st.text(max_size=40))
def test_no_text_breaks_it(text):
    assert isinstance(refusal(text), str)
