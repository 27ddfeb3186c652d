from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

from yett.upstream.oauth.client import Client
from yett.upstream.oauth.discovery import Found
from yett.upstream.oauth.metadata import Issuer
from yett.upstream.oauth.sign_in import Pending, Refused, SignIns

AS = "https://login.example.com"
ALICE = ("https://idp", "alice")


class World:
    def __init__(self, **metadata: object) -> None:
        self.now = 0.0
        self.sign_ins = SignIns("https://gw/connect", lambda: self.now)
        issuer = Issuer(issuer=AS, authorization_endpoint=f"{AS}/authorize", **metadata)
        self.found = Found(issuer=issuer, resource="https://crm/mcp")

    def begin(self, owner=ALICE, browser: str = "b", scopes: frozenset[str] = frozenset()) -> dict[str, str]:
        url = self.sign_ins.begin(owner, browser, self.found, Client(id="c1"), scopes)
        return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_the_link_holds_what_oauth_2_1_wants_and_a_challenge_of_the_verifier():
    world = World()
    query = world.begin(scopes=frozenset({"b", "a"}))
    pending = world.sign_ins.finish(query["state"], "b", None)
    assert isinstance(pending, Pending)
    digest = hashlib.sha256(pending.verifier.encode()).digest()
    assert query == {
        "response_type": "code",
        "client_id": "c1",
        "redirect_uri": "https://gw/connect",
        "state": query["state"],
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        "resource": "https://crm/mcp",
        "scope": "a b",
    }
    assert len(query["state"]) >= 43
    assert pending.verifier not in repr(pending)


def test_a_refresh_token_has_to_be_allowed_each_time():
    assert World().begin(scopes=frozenset({"offline_access"}))["prompt"] == "consent"


def test_an_endpoint_with_a_query_keeps_it():
    world = World()
    world.found = Found(issuer=Issuer(issuer=AS, authorization_endpoint=f"{AS}/a?tenant=1"), resource="r")
    assert world.begin()["tenant"] == "1"


def refused(found: object) -> str:
    assert isinstance(found, Refused)
    return found.why


def test_a_state_is_good_once_in_its_browser_and_for_ten_minutes():
    world = World()
    state = world.begin()["state"]
    assert state in world.sign_ins
    assert "another browser" in refused(world.sign_ins.finish(state, "c", None))
    assert "not begun here" in refused(world.sign_ins.finish(state, "b", None)), "a wrong try uses it up"
    state = world.begin()["state"]
    world.now = 600.0
    assert "took too long" in refused(world.sign_ins.finish(state, "b", None))
    assert "not begun here" in refused(world.sign_ins.finish("", "b", None))


def test_the_issuer_names_itself_letter_by_letter_where_it_promised_to():
    promised = World(authorization_response_iss_parameter_supported=True)
    assert "does not say" in refused(promised.sign_ins.finish(promised.begin()["state"], "b", None))
    for world in (promised, World()):
        for wrong in (f"{AS}/", AS.upper(), "https://evil.example", ""):
            assert "another issuer" in refused(world.sign_ins.finish(world.begin()["state"], "b", wrong))
        assert isinstance(world.sign_ins.finish(world.begin()["state"], "b", AS), Pending)


def test_nobody_can_fill_the_table_for_the_others():
    world = World()
    mine = world.begin()["state"]
    states = [world.begin(("https://idp", "mallory"))["state"] for _ in range(50)]
    assert mine in world.sign_ins
    assert [state in world.sign_ins for state in states].count(True) == 5
    for number in range(1000):
        world.begin(("https://idp", str(number)))
    assert len(world.sign_ins._pending) == 1000
