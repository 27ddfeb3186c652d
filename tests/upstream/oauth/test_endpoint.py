from __future__ import annotations

import asyncio

import pytest
from counterfeit.http import asker
from issuer import Issuer

from yett.errors import UpstreamUnavailable
from yett.secrets.secret import Secret
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.endpoint import Endpoint

YETT = Client(id="yett", secret=Secret("the client secret/:"))
FORM = {"grant_type": "client_credentials", "scope": "a b"}


def test_metadata_is_read_once_in_a_while():
    async def work() -> None:
        issuer, now = Issuer(), [1000.0]
        endpoint = Endpoint(asker(issuer, issuer.url), issuer.url, clock=lambda: now[0])
        await asyncio.gather(*[endpoint.metadata() for _ in range(5)])
        assert len(issuer.fetched) == 1
        now[0] += 600
        await endpoint.metadata()
        assert len(issuer.fetched) == 2

    asyncio.run(work())


def test_a_token_is_granted():
    issuer = Issuer()
    token = asyncio.run(Endpoint(asker(issuer, issuer.url), issuer.url, clock=lambda: 0.0).grant(YETT, FORM))
    assert (token.access.reveal() in issuer.tokens, token.scopes, token.until) == (True, frozenset("ab"), 300.0)


def test_an_issuer_without_metadata_or_token_endpoint_cannot_be_asked():
    issuer = Issuer()
    issuer.metadata = {"token_endpoint": None}
    with pytest.raises(UpstreamUnavailable, match="has no token endpoint"):
        asyncio.run(Endpoint(asker(issuer), issuer.url).grant(YETT, FORM))
    with pytest.raises(UpstreamUnavailable, match="has no metadata"):
        asyncio.run(Endpoint(asker(issuer), f"{issuer.url}/other").grant(YETT, FORM))


def test_it_closes_what_it_was_given():
    async def work() -> list[str]:
        closed = []

        async def close() -> None:
            closed.append("closed")

        await Endpoint(asker(Issuer()), "https://a", close=close).close()
        await Endpoint(asker(Issuer()), "https://a").close()
        return closed

    assert asyncio.run(work()) == ["closed"]
