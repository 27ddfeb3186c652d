from __future__ import annotations

import asyncio

import pytest
from counterfeit.http import asker
from issuer import Issuer

from yett.errors import UpstreamUnavailable
from yett.secrets.secret import Secret
from yett.upstream.oauth.challenge import Challenge
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.endpoint import Endpoint
from yett.upstream.oauth.service import Service, Wanted


def service(issuer: Issuer, **more: object) -> Service:
    wanted = Wanted(resource="https://crm.example.com/mcp", **more)
    client = Client(id="yett", secret=Secret("the client secret/:"))
    return Service(Endpoint(asker(issuer, issuer.url), issuer.url), client, wanted, clock=lambda: 0.0)


def test_the_request_names_the_resource_and_the_scopes_and_holds_nothing_else():
    issuer = Issuer()
    assert asyncio.run(service(issuer, scopes=("a", "b"), audience="crm").bearer(None)) in issuer.tokens
    assert issuer.asked == [
        {
            "grant_type": "client_credentials",
            "resource": "https://crm.example.com/mcp",
            "scope": "a b",
            "audience": "crm",
        }
    ]


def test_a_refused_token_is_replaced_and_missing_scopes_are_told():
    async def work() -> None:
        one = service(Issuer())
        first = await one.bearer(None)
        assert await one.refused(None, first, Challenge(), 401)
        assert await one.bearer(None) != first
        with pytest.raises(UpstreamUnavailable, match="scopes that the gateway's token does not have: admin"):
            await one.refused(None, first, Challenge(scopes=frozenset({"admin"})), 403)
        await one.close()

    asyncio.run(work())
