from __future__ import annotations

import asyncio

import pytest
from counterfeit.http import asker
from issuer import ACCESS, BEARER, EXCHANGE, ID_JAG, Issuer

from yett.core.exchange import Principal
from yett.errors import UpstreamUnavailable
from yett.identity.credentials import Credentials
from yett.secrets.secret import Secret
from yett.upstream.caller import Caller
from yett.upstream.oauth.challenge import Challenge
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.endpoint import Endpoint
from yett.upstream.oauth.exchange import Desk, Exchange
from yett.upstream.oauth.service import Service, Wanted

WANTED = Wanted(resource="https://crm.example.com/mcp", scopes=("read",))
CLIENT = Client(id="yett", secret=Secret("the client secret/:"))


def caller(user: str, issuer: str, token: str = "") -> Caller:
    shown = Credentials(authorization=(f"Bearer {token or f'token-of-{user}'}".encode(),))
    return Caller(principal=Principal(issuer=issuer, subject=user), credentials=shown)


def desk(issuer: Issuer) -> Desk:
    return Desk(endpoint=Endpoint(asker(issuer, issuer.url), issuer.url), client=CLIENT)


def exchange(issuer: Issuer, identity: Issuer | None = None, **more: object) -> Exchange:
    there = desk(issuer)
    service = Service(there.endpoint, CLIENT, WANTED, clock=lambda: 0.0)
    at = identity or issuer
    return Exchange(
        there,
        WANTED,
        service,
        identity=None if identity is None else desk(identity),
        issuers=frozenset({at.url}),
        clock=lambda: 0.0,
        **more,
    )


@pytest.fixture
def issuer() -> Issuer:
    found = Issuer()
    found.subjects = {"token-of-alice": "alice", "token-of-bob": "bob", "new-token-of-alice": "alice"}
    return found


def test_each_caller_gets_a_token_of_his_own_once(issuer):
    async def work() -> None:
        one = exchange(issuer)
        for _ in range(2):
            for user in ("alice", "bob"):
                token = await one.bearer(caller(user, issuer.url))
                assert issuer.tokens[token]["sub"] == user
        assert len(issuer.asked) == 2
        assert issuer.asked[0] == {
            "grant_type": EXCHANGE,
            "subject_token": "token-of-alice",
            "subject_token_type": ACCESS,
            "requested_token_type": ACCESS,
            "resource": WANTED.resource,
            "scope": "read",
        }

    asyncio.run(work())


def test_what_one_token_was_exchanged_for_is_not_used_for_the_next(issuer):
    async def work() -> None:
        one = exchange(issuer)
        first = await one.bearer(caller("alice", issuer.url))
        assert await one.bearer(caller("alice", issuer.url, "new-token-of-alice")) != first

    asyncio.run(work())


@pytest.mark.parametrize("signed_in_at", ["yett", "", "https://evil.example", "https://login.example.com/"])
def test_a_token_of_another_issuer_is_never_shown(issuer, signed_in_at):
    one = exchange(issuer)
    with pytest.raises(UpstreamUnavailable, match="did not sign in at the issuer that exchanges tokens"):
        asyncio.run(one.bearer(caller("alice", signed_in_at)))
    assert issuer.asked == []


def test_the_gateways_own_questions_are_asked_as_itself(issuer):
    token = asyncio.run(exchange(issuer).bearer(None))
    assert issuer.tokens[token]["sub"] == "yett"
    assert issuer.asked[0]["grant_type"] == "client_credentials"


def test_a_token_that_the_issuer_does_not_know_is_a_failure_that_does_not_repeat_it(issuer):
    with pytest.raises(UpstreamUnavailable) as caught:
        asyncio.run(exchange(issuer).bearer(caller("mallory", issuer.url, "stolen-token")))
    assert "stolen" not in str(caught.value)


def test_a_refused_token_is_exchanged_anew(issuer):
    async def work() -> None:
        one, alice = exchange(issuer), caller("alice", issuer.url)
        first = await one.bearer(alice)
        assert await one.refused(alice, first, Challenge(), 401)
        assert await one.bearer(alice) != first
        assert await one.refused(None, await one.bearer(None), Challenge(), 401)
        with pytest.raises(UpstreamUnavailable, match="scopes"):
            await one.refused(alice, first, Challenge(), 403)
        await one.close()

    asyncio.run(work())


def test_an_identity_assertion_is_fetched_at_one_issuer_and_used_at_the_other(issuer):
    other = Issuer("https://auth.crm.example.com")
    other.assertions = {f"jag.alice.{other.url}": "alice@crm"}
    one = exchange(other, issuer, subject_type="urn:ietf:params:oauth:token-type:id_token")
    token = asyncio.run(one.bearer(caller("alice", issuer.url)))
    assert other.tokens[token]["sub"] == "alice@crm"
    assert issuer.asked == [
        {
            "grant_type": EXCHANGE,
            "subject_token": "token-of-alice",
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            "requested_token_type": ID_JAG,
            "audience": other.url,
            "resource": WANTED.resource,
            "scope": "read",
        }
    ]
    assert other.asked == [{"grant_type": BEARER, "assertion": f"jag.alice.{other.url}", "scope": "read"}]
    assert "token-of-alice" not in str(other.asked), "the caller's token stays with its issuer"


def test_an_issuer_that_gives_something_else_than_an_assertion_is_refused(issuer):
    class Wrong(Issuer):
        def _exchange(self, client, form):
            return self._issue(client, form, subject="alice", issued=ACCESS)

    wrong = Wrong()
    wrong.subjects = issuer.subjects
    one = exchange(Issuer("https://auth.crm.example.com"), wrong)
    with pytest.raises(UpstreamUnavailable, match="something else than an identity assertion"):
        asyncio.run(one.bearer(caller("alice", wrong.url)))
