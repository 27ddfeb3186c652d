from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from counterfeit.http import Question, Reply, asker
from issuer import Issuer, redirected

from yett.core.exchange import Principal
from yett.errors import UpstreamSignIn, UpstreamUnavailable
from yett.identity.credentials import Credentials
from yett.secrets.secret import Secret
from yett.upstream.caller import Caller
from yett.upstream.oauth.challenge import NOTHING, Challenge
from yett.upstream.oauth.client import Client
from yett.upstream.oauth.endpoint import Endpoint
from yett.upstream.oauth.kept import Connections
from yett.upstream.oauth.personal import Pages, Personal
from yett.upstream.oauth.sealed import Sealed
from yett.upstream.oauth.sign_in import Refused

URL = "https://crm.example.com/mcp"
PAGES = Pages(sign_in="https://gw/connect/crm", redirect="https://gw/connect")


def caller(user: str) -> Caller:
    return Caller(principal=Principal(issuer="yett", subject=user), credentials=Credentials())


class World:
    """A server whose metadata names one of two issuers."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.now = 1000.0
        self.issuer, self.other = Issuer("https://as1.example.com"), Issuer("https://as2.example.com")
        self.chosen = self.issuer
        ask = asker(self.answer)
        self.personal = Personal(
            Endpoint(ask, "", clock=lambda: self.now),
            URL,
            Connections(Sealed(folder / "c.db", Secret("k" * 32)), "crm"),
            PAGES,
            clock=lambda: self.now,
            **more,
        )

    def answer(self, question: Question) -> Reply:
        host = question.headers["host"]
        if host == "crm.example.com":
            return Reply(200, {"resource": URL, "authorization_servers": [self.chosen.url]})
        return (self.issuer if host.startswith("as1") else self.other)(question)

    async def connect(self, user: str = "alice") -> Any:
        url, _ = await self.personal.begin(("yett", user), "browser")
        said = redirected(self.chosen(Question("GET", url.removeprefix(self.chosen.url), {})))
        return await self.personal.finish(said["state"], "browser", said["code"], said.get("iss"))


def test_without_a_sign_in_the_server_is_asked_bare_until_it_has_said_what_it_wants(tmp_path):
    async def work() -> None:
        personal = World(tmp_path).personal
        assert await personal.bearer(caller("alice")) == ""
        with pytest.raises(UpstreamSignIn) as caught:
            await personal.refused(caller("alice"), "", NOTHING, 401)
        assert caught.value.page == PAGES.sign_in
        for one in (caller("alice"), None):
            with pytest.raises(UpstreamSignIn):
                await personal.bearer(one)

    asyncio.run(work())


def test_a_sign_in_gives_tokens_to_its_owner_and_the_gateway_lists_with_the_last(tmp_path):
    async def work() -> None:
        world = World(tmp_path)
        assert await world.connect("alice") == ("yett", "alice")
        alices = await world.personal.bearer(caller("alice"))
        assert world.issuer.tokens[alices]["resource"] == URL
        assert await world.personal.bearer(None) == alices
        assert await world.personal.bearer(caller("bob")) == ""
        await world.connect("bob")
        assert await world.personal.bearer(None) == await world.personal.bearer(caller("bob")) != alices
        await world.personal.disconnect(("yett", "bob"))
        assert not await world.personal.has(("yett", "bob"))
        assert await world.personal.has(("yett", "alice"))
        assert await world.personal.bearer(None) == ""
        await world.personal.close()

    asyncio.run(work())


@pytest.mark.parametrize("rotates", [True, False])
def test_a_refresh_token_that_is_replaced_or_stays_is_kept(tmp_path, rotates):
    async def work() -> None:
        world = World(tmp_path)
        world.issuer.rotates = rotates
        await world.connect()
        for _ in range(3):
            world.now += 300
            assert await world.personal.bearer(caller("alice")) in world.issuer.tokens
        assert [form["grant_type"] for form in world.issuer.asked] == ["authorization_code"] + ["refresh_token"] * 3

    asyncio.run(work())


def test_another_issuer_is_another_registration_and_never_shown_the_first_ones(tmp_path):
    async def work() -> None:
        world = World(tmp_path)
        await world.connect("alice")
        world.chosen = world.other
        await world.connect("bob")
        first = next(name for name in world.issuer.redirects)
        assert first not in str(world.other.asked)
        assert len(world.issuer.redirects) == len(world.other.redirects) == 1
        world.now += 300
        await world.personal.bearer(caller("alice"))
        assert world.issuer.asked[-1]["grant_type"] == "refresh_token", "a sign-in is renewed where it was made"

    asyncio.run(work())


def test_a_client_of_the_config_goes_to_the_issuer_of_the_config_alone(tmp_path):
    async def work() -> None:
        own = Client(id="yett", secret=Secret("the client secret/:"))
        world = World(tmp_path, issuer="https://as1.example.com", own=own)
        world.issuer.redirects["yett"] = [PAGES.redirect]
        await world.connect()
        assert world.issuer.proofs == ["client_secret_basic"]
        assert list(world.issuer.redirects) == ["yett"], "nothing new was registered"
        world.chosen = world.other
        with pytest.raises(UpstreamUnavailable, match="does not accept tokens of"):
            await world.personal.begin(("yett", "alice"), "browser")
        assert world.other.asked == []

    asyncio.run(work())


def test_scopes_that_are_missing_are_asked_for_with_those_there_are(tmp_path):
    async def work() -> None:
        world = World(tmp_path, scopes=frozenset({"read"}))
        await world.connect()
        bearer = await world.personal.bearer(caller("alice"))
        said = Challenge(error="insufficient_scope", scopes=frozenset({"write"}))
        with pytest.raises(UpstreamSignIn):
            await world.personal.refused(caller("alice"), bearer, said, 403)
        url, _ = await world.personal.begin(("yett", "alice"), "browser")
        assert parse_qs(urlsplit(url).query)["scope"] == ["read write"]
        bobs, _ = await world.personal.begin(("yett", "bob"), "browser")
        assert parse_qs(urlsplit(bobs).query)["scope"] == ["read"]

    asyncio.run(work())


def test_a_wrong_answer_of_an_issuer_is_told_and_nothing_is_kept(tmp_path):
    async def work() -> None:
        world = World(tmp_path)
        assert isinstance(await world.personal.finish("nonsense", "browser", "code", None), Refused)
        url, _ = await world.personal.begin(("yett", "alice"), "browser")
        state = parse_qs(urlsplit(url).query)["state"][0]
        with pytest.raises(UpstreamUnavailable, match="invalid_grant"):
            await world.personal.finish(state, "browser", "forged-code", world.issuer.url)
        assert not await world.personal.has(("yett", "alice"))

    asyncio.run(work())


def test_who_leaves_at_one_process_has_left_at_the_other_within_two_seconds(tmp_path):
    async def work() -> None:
        here, there = World(tmp_path), World(tmp_path)
        there.issuer = here.issuer
        await here.connect("alice")
        token = await there.personal.bearer(caller("alice"))
        assert token in here.issuer.tokens
        await here.personal.disconnect(("yett", "alice"))
        there.now += 2.0
        assert await there.personal.bearer(caller("alice")) == ""
        await here.connect("alice")
        assert await there.personal.bearer(caller("alice")) not in ("", token)

    asyncio.run(work())


def test_a_refused_token_that_another_process_has_renewed_is_not_renewed_again(tmp_path):
    async def work() -> None:
        here, there = World(tmp_path), World(tmp_path)
        there.issuer = here.issuer
        await here.connect("alice")
        token = await there.personal.bearer(caller("alice"))
        assert await here.personal.bearer(caller("alice")) == token
        for one in (here, there):
            assert await one.personal.refused(caller("alice"), token, NOTHING, 401)
        renewed = await here.personal.bearer(caller("alice"))
        assert renewed != token
        assert await there.personal.bearer(caller("alice")) == renewed
        assert [form["grant_type"] for form in here.issuer.asked] == ["authorization_code", "refresh_token"]

    asyncio.run(work())


def test_leaving_while_a_renewal_is_under_way_is_not_undone_by_it(tmp_path):
    async def work() -> None:
        world = World(tmp_path)
        await world.connect("alice")
        world.now += 300
        renewing = asyncio.create_task(world.personal.bearer(caller("alice")))
        while len(world.issuer.asked) < 2:
            await asyncio.sleep(0)
        await world.personal.disconnect(("yett", "alice"))
        await renewing
        assert not await world.personal.has(("yett", "alice"))

    asyncio.run(work())
