from __future__ import annotations

import asyncio
from email.utils import formatdate

import pytest
from joserfc.jwk import RSAKey

from yett.enforce.doctor import issuers
from yett.enforce.doctor.check import Cause, Status

NOW = 1_790_000_000.0


def looked(read, fake_issuer, prepare=lambda _issuer: None, entry: str = "", path: str = ""):
    """The checks of an issuer that `prepare` has changed."""

    async def story():
        async with fake_issuer() as there:
            there.date = formatdate(NOW, usegmt=True)
            prepare(there)
            config = read(f"{{ issuer: {{ url: '{there.url}{path}', unsafe_allow_loopback: true{entry} }} }}")
            return await issuers.issuer("issuer", config.auth.issuer, clock=lambda: NOW)

    return asyncio.run(story())


def test_an_issuer_that_is_well(read, fake_issuer):
    found = looked(read, fake_issuer)
    assert [(check.what, check.status) for check in found] == [
        ("issuer issuer", Status.OK),
        ("keys issuer", Status.OK),
        ("clock issuer", Status.OK),
    ]


def test_a_clock_that_differs_is_seen(read, fake_issuer):
    def late(there):
        there.date = formatdate(NOW - 120, usegmt=True)

    assert looked(read, fake_issuer, late)[-1].detail.startswith("this machine is 120 s ahead of the issuer")


def test_an_issuer_without_a_date_is_warned_about(read, fake_issuer):
    def silent(there):
        there.date = ""

    assert looked(read, fake_issuer, silent)[-1].status is Status.WARN


def test_weak_keys_are_named(read, fake_issuer):
    def weak(there):
        there.others = [RSAKey.generate_key(1024, {"kid": "old"}, auto_kid=False)]

    with pytest.warns(match="2048"):
        found = looked(read, fake_issuer, weak)
    assert (found[1].status, "left out: key 2: " in found[1].detail) == (Status.WARN, True)


def test_an_issuer_that_names_itself_otherwise_fails_here(read, fake_issuer):
    def other(there):
        there._page = lambda _method, _target, _body: b'{"issuer": "https://other.example"}'

    [check, _] = looked(read, fake_issuer, other)
    assert (check.status, check.cause) == (Status.FAIL, Cause.HERE)
    assert "is about `https://other.example`" in check.detail


@pytest.mark.parametrize("mode", ["down", "cut"])
def test_an_issuer_that_is_down_is_unreachable(read, fake_issuer, mode):
    def down(there):
        there.mode = mode

    assert [check.cause for check in looked(read, fake_issuer, down)] == [Cause.UNREACHABLE]


@pytest.mark.parametrize("mode", ["broken", "garbage", "moved"])
def test_an_issuer_that_answers_nonsense_fails_here(read, fake_issuer, mode):
    def odd(there):
        there.mode = mode

    found = looked(read, fake_issuer, odd)
    assert (found[0].status, found[0].cause) == (Status.FAIL, Cause.HERE)


def test_keys_at_a_given_place_are_asked_for_there_alone(read, fake_issuer):
    asked = []

    async def story():
        async with fake_issuer() as there:
            rest = f"unsafe_allow_loopback: true, jwks: '{there.url}/keys'"
            config = read(f"{{ issuer: {{ url: https://login.example, {rest} }} }}")
            asked.append(await issuers.issuer("issuer", config.auth.issuer, clock=lambda: NOW))
            assert there.asked == ["/realms/acme/keys"]
            there.mode = "empty"
            asked.append(await issuers.issuer("issuer", config.auth.issuer, clock=lambda: NOW))

    asyncio.run(story())
    assert [check.what for check in asked[0]] == ["keys issuer", "clock issuer"]
    assert asked[1][0].status is Status.FAIL


def test_an_address_that_the_config_does_not_allow_is_not_asked(read, fake_issuer):
    config = read("{ issuer: https://127.0.0.1:9 }")
    [check] = asyncio.run(issuers.issuer("issuer", config.auth.issuer))
    assert (check.cause, "allow_addresses" in check.detail) == (Cause.UNREACHABLE, True)


def test_nobody_is_asked_offline(read):
    config = read("{ issuer: https://127.0.0.1:9 }")
    [check] = asyncio.run(issuers.issuer("issuer", config.auth.issuer, offline=True))
    assert check.status is Status.SKIPPED


def test_a_ca_that_is_none_is_told(read, tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    config = read("{ issuer: { url: https://a.example, ca: ca.pem } }")
    [check] = asyncio.run(issuers.issuer("issuer", config.auth.issuer))
    assert (check.cause, "ca.pem" in check.detail) == (Cause.HERE, True)


def test_what_tokens_must_say_is_the_public_url(read):
    config = read("{ issuer: { url: https://a.example, audience: api } }", rest="url: https://mcp.acme.io")
    check = issuers.audience("issuer", config.auth.issuer, config)
    assert check.status is Status.OK
    assert "api, https://mcp.acme.io, https://mcp.acme.io/demo/mcp, https://mcp.acme.io/mcp" in check.detail
