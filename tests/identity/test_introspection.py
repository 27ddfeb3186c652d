from __future__ import annotations

import asyncio
import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.core.ask import Answer
from yett.core.certificate import Certificate
from yett.core.exchange import Principal
from yett.core.reason import Kind
from yett.core.verdict import Deny
from yett.errors import AskError
from yett.identity import introspection
from yett.identity.credentials import Credentials
from yett.identity.introspection import COOL_DOWN, NEGATIVE_SECONDS, Desk, Introspection
from yett.identity.pending import Pending
from yett.identity.verified import SECONDS, VerifiedTokens
from yett.secrets.secret import Secret

URL = "https://sso.test/introspect"


class Scene:
    certificate: Certificate | None = None

    def __init__(self, kit, page, *, any_audience=False, issuer=None):
        self.kit, self.clock, self.now = kit, kit.Clock(), kit.NOW
        self.network = kit.Network()
        self.network.pages[URL] = self.heard
        self.page = page
        self.bodies: list[tuple[dict, bytes]] = []
        self.known = VerifiedTokens(clock=self.clock)
        desk = Desk(url=URL, client="ye tt", secret=Secret("s:cret&"), any_audience=any_audience)
        self.source = Introspection(
            self.network, issuer or kit.issuer(), desk, self.known, wall=lambda: self.now, clock=self.clock
        )

    async def heard(self, ask):
        self.bodies.append((dict(ask.headers), ask.body))
        page = self.page(ask) if callable(self.page) else self.page
        if isinstance(page, AskError):
            raise page
        if isinstance(page, dict):
            page = json.dumps(page).encode()
        return Answer(status=page) if isinstance(page, int) else Answer(status=200, body=page)

    async def ask(self, shown="opaque", server="demo"):
        for _ in range(3):
            found = self.source.identify(shown, Credentials(server=server, certificate=self.certificate), self.now)
            if not isinstance(found, Pending):
                return found
            await found.wait()
        raise AssertionError("never known")

    @property
    def asked(self):
        return len(self.bodies)


def scene(kit, page, story, **options):
    async def main():
        it = Scene(kit, page, **options)
        result = await story(it)
        await it.source.close()
        return result

    return asyncio.run(main())


def active(kit, **changes):
    return kit.claims(active=True, **changes)


def test_an_active_token_is_its_owners_and_asked_about_once(kit):
    async def story(it):
        first = await it.ask()
        assert isinstance(first, Principal)
        assert (first.subject, first.scopes) == ("alice", frozenset({"mcp:read", "mcp:write"}))
        assert await it.ask() is first
        headers, body = it.bodies[0]
        assert it.asked == 1
        assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"ye+tt:s%3Acret%26"
        assert body == b"token=opaque&token_type_hint=access_token"

    scene(kit, active(kit), story)


def test_many_who_show_the_same_token_cause_one_question(kit):
    async def story(it):
        found = await asyncio.gather(*(it.ask() for _ in range(50)))
        assert {one.subject for one in found} == {"alice"}
        assert it.asked == 1

    scene(kit, active(kit), story)


def test_a_yes_is_believed_for_so_long_and_never_beyond_the_tokens_end(kit):
    async def story(it):
        await it.ask()
        it.clock.now += SECONDS - 0.1
        await it.ask()
        assert it.asked == 1
        it.clock.now += 0.1
        await it.ask()
        assert it.asked == 2
        it.now += 300
        assert (await it.ask()).reason.code == "opaque.inactive"

    scene(kit, active(kit), story)


def test_a_no_is_remembered_for_a_while(kit):
    async def story(it):
        for _ in range(5):
            assert (await it.ask()).reason.code == "opaque.inactive"
        assert it.asked == 1
        it.clock.now += NEGATIVE_SECONDS
        await it.ask()
        assert it.asked == 2

    scene(kit, {"active": False}, story)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"aud": "https://else.test"}, "opaque.refused"),
        ({"aud": None}, "opaque.refused"),
        ({"aud": [1]}, "opaque.refused"),
        ({"iss": "https://else.test"}, "opaque.refused"),
        ({"iss": 1}, "opaque.refused"),
        ({"sub": None}, "opaque.refused"),
        ({"sub": 1}, "opaque.refused"),
        ({"groups": {"a": 1}}, "opaque.refused"),
        ({"token_type": "refresh_token"}, "opaque.refused"),
        ({"typ": "Refresh"}, "opaque.refused"),
        ({"cnf": {"other": "x"}}, "jwt.bound"),
        ({"cnf": {"x5t#S256": "A" * 43}}, "jwt.bound"),
        ({"exp": 1}, "opaque.inactive"),
        ({"exp": "never"}, "opaque.refused"),
        ({"exp": True}, "opaque.refused"),
        ({"nbf": 99_999_999_999}, "opaque.inactive"),
    ],
)
def test_an_active_token_that_is_not_for_us_is_refused(kit, changes, code):
    async def story(it):
        found = await it.ask()
        assert (found.reason.code, found.reason.kind) == (code, Kind.UNAUTHENTICATED)
        assert found.detail

    scene(kit, active(kit, **changes), story)


@pytest.mark.parametrize(
    "page",
    [
        *(500, 401, 302, b"<html>", b"[]", b"{}", b'{"active": true, "active": false}', AskError("gone")),
        *({"active": "true"}, {"active": 1}, {"active": None}, {"active": ["true"]}),
    ],
)
def test_what_is_no_answer_closes_the_door_and_says_that_it_is_ours(kit, page):
    async def story(it):
        found = await it.ask()
        assert (found.reason.code, found.reason.kind) == ("opaque.unavailable", Kind.UNAVAILABLE)
        assert found.retry_after >= 1
        assert it.source.problem
        assert "s:cret" not in it.source.problem
        await asyncio.gather(*(it.ask(f"token-{number}") for number in range(50)))
        assert it.asked == 1  # it is left alone for a moment
        it.page = active(kit)
        it.clock.now += COOL_DOWN
        assert (await it.ask()).subject == "alice"
        assert it.source.problem == ""

    scene(kit, page, story)


def test_a_token_that_was_believed_stays_so_while_the_issuer_is_away_and_no_longer(kit):
    async def story(it):
        await it.ask()
        it.page = 500
        it.clock.now += SECONDS - 1
        assert isinstance(await it.ask(), Principal)
        it.clock.now += 1
        assert (await it.ask()).reason.code == "opaque.unavailable"

    scene(kit, active(kit), story)


def test_a_token_for_one_endpoint_opens_that_one(kit):
    async def story(it):
        assert isinstance(await it.ask(), Principal)
        assert (await it.ask(server="other")).reason.code == "opaque.refused"
        assert isinstance(await it.ask(), Principal)
        assert it.asked == 1

    scene(kit, active(kit), story)


def test_an_issuer_that_does_not_say_for_whom_can_be_believed_by_name(kit):
    async def story(it):
        assert isinstance(await it.ask(), Principal)

    scene(kit, active(kit, aud=None), story, any_audience=True)


def test_claims_that_are_required_are_required_here_too(kit):
    async def story(it):
        assert (await it.ask()).detail == "`tid` is not 't1'"

    scene(kit, active(kit), story, issuer=kit.issuer(required=(("tid", "t1"),)))


def test_so_many_questions_are_asked_at_once_and_no_more(kit, monkeypatch):
    monkeypatch.setattr(introspection, "AT_ONCE", 2)

    async def story(it):
        waiting = asyncio.Event()
        it.network.pages[URL] = lambda _ask: waiting.wait()
        pending = [it.source.identify(f"t{number}", Credentials(server="demo"), it.now) for number in range(3)]
        assert [isinstance(one, Pending) for one in pending] == [True, True, False]
        assert pending[2].detail == "2 questions are under way"

    scene(kit, 500, story)


def test_a_fault_of_ours_closes_the_door(kit):
    def broken(_ask):
        raise LookupError

    async def story(it):
        assert (await it.ask()).detail == "a fault of ours: LookupError"

    scene(kit, broken, story)


@given(
    st.dictionaries(
        st.sampled_from(
            ["aud", "iss", "exp", "nbf", "iat", "sub", "scope", "groups", "token_type", "azp", "act", "jti"]
        ),
        st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=4),
    )
)
def test_no_answer_breaks_it(kit, changes):
    async def story(it):
        assert isinstance(await it.ask(), Principal | Deny)

    try:
        page = json.dumps(active(kit) | changes).encode()
    except ValueError:
        return
    scene(kit, page, story)


def test_an_opaque_token_that_is_bound_opens_with_its_certificate_alone(kit):
    own, others = (Certificate(thumbprint=sign * 43, issuer=b"", serial="1", expires=9.0) for sign in "AQ")

    async def story(it):
        for it.certificate in (others, own, None, others, own):
            found = await it.ask()
            if it.certificate is own:
                assert found.subject == "alice"
            else:
                assert found.reason.code == "jwt.bound"
        assert it.asked == 1

    scene(kit, active(kit, cnf={"x5t#S256": "A" * 43}), story)
