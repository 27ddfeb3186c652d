from __future__ import annotations

import pytest

from yett.core.certificate import Certificate
from yett.core.exchange import Principal
from yett.identity.client_certificate import REMEMBERED, ClientCertificates, Rule
from yett.identity.credentials import Credentials
from yett.identity.identify import Identity

AGENTS = Rule(uri=True, template="spiffe://acme.test/agents/{name}", roles=frozenset({"agent"}))
HOSTS = Rule(uri=False, template="{name}.agents.acme.test")


def shown(*, uris=(), hosts=(), expires=9.0, thumbprint="A" * 43) -> Certificate:
    return Certificate(thumbprint=thumbprint, issuer=b"", serial="1f", expires=expires, uris=uris, hosts=hosts)


def told(rule, **options):
    found = ClientCertificates(rule).identify(shown(**options), 0.0)
    return found.subject if isinstance(found, Principal) else found.reason.code


def test_the_one_name_that_counts_is_who_calls():
    found = ClientCertificates(AGENTS).identify(shown(uris=("spiffe://acme.test/agents/alice",)), 0.0)
    assert found == Principal(
        issuer="mtls",
        subject="alice",
        roles=frozenset({"agent"}),
        credential=f"x5t#S256:{'A' * 43}",
        source="mtls",
    )
    assert told(Rule(uri=True), uris=("spiffe://acme.test/a",)) == "spiffe://acme.test/a"
    assert told(HOSTS, hosts=("Bot.Agents.acme.TEST",)) == "bot"


@pytest.mark.parametrize(
    ("rule", "options", "code"),
    [
        (AGENTS, {}, "certificate.nameless"),
        (AGENTS, {"hosts": ("spiffe://acme.test/agents/alice",)}, "certificate.nameless"),
        (AGENTS, {"uris": ("spiffe://evil.test/agents/alice",)}, "certificate.nameless"),
        (AGENTS, {"uris": ("SPIFFE://acme.test/agents/alice",)}, "certificate.nameless"),
        (AGENTS, {"uris": ("spiffe://acme.test/agents/",)}, "certificate.nameless"),
        (AGENTS, {"uris": ("spiffe://acme.test/agents/*",)}, "certificate.nameless"),
        (AGENTS, {"uris": ("x:spiffe://acme.test/agents/alice",)}, "certificate.nameless"),
        (AGENTS, {"uris": ("spiffe://acme.test/agents/a", "spiffe://acme.test/agents/b")}, "certificate.ambiguous"),
        (AGENTS, {"uris": ("spiffe://acme.test/agents/a", "https://else.test")}, "certificate.ambiguous"),
        (AGENTS, {"uris": ("spiffe://acme.test/agents/a",), "expires": 0.0}, "certificate.expired"),
        (HOSTS, {"hosts": ("*.agents.acme.test",)}, "certificate.nameless"),
        (HOSTS, {"hosts": (".agents.acme.test",)}, "certificate.nameless"),
        (HOSTS, {"hosts": ("a.agents.acme.test", "b.agents.acme.test")}, "certificate.ambiguous"),
        (HOSTS, {"hosts": ("a.agents.acme.test.evil.test",)}, "certificate.nameless"),
        (HOSTS, {"uris": ("a.agents.acme.test",)}, "certificate.nameless"),
        (Rule(uri=True, template="aa{name}aa"), {"uris": ("aaa",)}, "certificate.nameless"),
    ],
)
def test_a_certificate_without_one_such_name_is_nobodys(rule, options, code):
    assert told(rule, **options) == code


def test_a_certificate_ends_although_its_connection_goes_on():
    known = ClientCertificates(Rule(uri=True))
    alice = shown(uris=("spiffe://acme.test/a",))
    assert known.identify(alice, 8.9) is known.identify(alice, 0.0)
    assert known.identify(alice, 9.0).reason.code == "certificate.expired"


def test_what_is_remembered_is_bounded():
    known = ClientCertificates(Rule(uri=True))
    for number in range(REMEMBERED + 10):
        known.identify(shown(uris=("spiffe://acme.test/a",), thumbprint=f"{number}"), 0.0)
    assert len(known._known) == 10


def test_a_certificate_signs_in_where_no_token_is_shown_and_a_token_is_judged_for_itself():
    identity = Identity(certificates=ClientCertificates(AGENTS))
    alice = shown(uris=("spiffe://acme.test/agents/alice",))
    assert identity.identify(Credentials(certificate=alice), 0.0).subject == "alice"
    for values, code in (
        ((b"Bearer x",), "token.unknown"),
        ((b"Bearer",), "token.malformed"),
        ((b"",), "token.malformed"),
    ):
        found = identity.identify(Credentials(authorization=values, certificate=alice), 0.0)
        assert found.reason.code == code
    assert identity.identify(Credentials(), 0.0).reason.code == "token.missing"
    assert Identity().identify(Credentials(certificate=alice), 0.0).reason.code == "token.missing"
