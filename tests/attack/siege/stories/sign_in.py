"""Tokens of issuers, forged and good, at a gateway that trusts two issuers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from siege.campaign import Campaign, Lane
from siege.castle import Castle
from siege.issuer import Issuers, battery
from siege.knock import Answer, fresh_address, knock
from siege.plan import CONFIG
from siege.speech import call, written

NAME = "https://mcp.test"
TRUSTING = """\
url: https://mcp.test
auth:
  tokens: tokens.yaml
  issuers:
    sso: {{ url: "<issuers>/sso", unsafe_allow_loopback: true }}
    partner: {{ url: "<issuers>/partner", unsafe_allow_loopback: true }}
"""
RECORDED = 4.0
FLOOD = 300


class SignIn:
    """A castle that trusts two issuers; what the kit signs, the first of them has signed."""

    def __init__(self, campaign: Campaign) -> None:
        ends = campaign.castle._ends  # it falls with the castle of the campaign
        self.issuers = ends.enter_context(Issuers())
        config = CONFIG.replace("auth: {{ tokens: tokens.yaml }}\n", TRUSTING.replace("<issuers>", self.issuers.url))
        config = config.replace("user:", "tokens:user:").replace(
            "[tokens:user:alice,", "[tokens:user:alice, sso:user:alice,"
        )
        self.castle = ends.enter_context(Castle(campaign.castle.folder / "sign-in", config=config))
        self.kit = self.issuers.kit(NAME, "web")
        self.campaign = Campaign(self.castle)

    def said(self, token: str, server: str = "web", address: str = "") -> Answer:
        """What a call with this token is answered with."""
        message = call("echo", {"text": "x"}, head={"authorization": f"Bearer {token}"})
        request = written(message, self.campaign.door("alice", Lane("modern", server)))
        return knock(self.castle.port, [request], address=address or fresh_address(), seconds=12.0).first

    def rows(self) -> Iterator[Any]:
        """The battery; its second issuer is another one here."""
        for row in battery().rows(self.kit, int(time.time()), f"{self.issuers.url}/elsewhere"):
            if row.what == "another trusted issuer's name":
                partner = self.kit.sign(self.kit.claims(**_now(), iss=f"{self.issuers.url}/partner"))
                yield row._replace(token=partner, server="web")
            else:
                yield row._replace(server="proc" if row.server == "other" else "web")


def _now() -> dict[str, int]:
    now = int(time.time())
    return {"iat": now - 10, "exp": now + 300}


@cache
def sign_in(campaign: Campaign) -> SignIn:
    """The one that belongs to a campaign."""
    return SignIn(campaign)


def forged(case: str) -> Callable[[Campaign], list[str]]:
    """Every token of the battery for one case: each is refused with one answer, and recorded with its own reason."""

    def story(campaign: Campaign) -> list[str]:
        place = sign_in(campaign)
        rows = [row for row in place.rows() if row.case == case]
        before, problems, addresses = place.castle.effect_count(), [], {}
        for row in rows:
            address = fresh_address()
            answer = place.said(row.token, row.server, address)
            if row.reason:
                addresses[address] = row
                wanted = 400 if row.reason == "token.malformed" else 401
                if answer.status != wanted or b"error" not in answer.body:
                    problems.append(f"{row.what}: {answer.status} {answer.body[:100]!r}")
            elif answer.status != 200:
                problems.append(f"{row.what} is good: {answer.status} {answer.body[:100]!r}")
        good = sum(1 for row in rows if not row.reason and row.what != "a name with a bar in it")
        effects = place.castle.effect_count() - before
        problems += [] if effects == good else [f"{effects} effects, not {good}"]
        problems += [] if addresses else ["nothing was tried"]
        problems += _recorded(place.campaign, addresses)
        led_away = [path for path in place.issuers.asked if "elsewhere" in path]
        return [*problems, *(f"the gateway asked `{path}`" for path in led_away)]

    return story


def _recorded(campaign: Campaign, rows: dict[str, Any]) -> list[str]:
    deadline = time.monotonic() + RECORDED
    while True:
        records = campaign.records()
        late = [
            f"{row.what}: {[record.get('reason', record['kind']) for record in records[address]]}, not {row.reason}"
            for address, row in rows.items()
            if [record.get("reason") for record in records[address]] != [row.reason]
        ]
        if not late or time.monotonic() > deadline:
            return late
        time.sleep(0.25)


def good_tokens(campaign: Campaign) -> list[str]:
    """Tokens of every algorithm and form that are good are served: a gateway that refuses all proves nothing."""
    place = sign_in(campaign)
    rows = [row for row in place.rows() if not row.reason and row.case == "-"]
    answers = [(row.what, place.said(row.token)) for row in rows]
    problems = [f"{what}: {one.status} {one.body[:100]!r}" for what, one in answers if b'"result"' not in one.body]
    return problems if len(rows) > 5 else [*problems, f"{len(rows)} good tokens"]


def unknown_key_ids(campaign: Campaign) -> list[str]:
    """A flood of key ids that nobody knows makes the gateway ask once in a cool-down, and holds up nobody."""
    place = sign_in(campaign)
    good = place.kit.sign(place.kit.claims(**_now()))
    problems = [] if place.said(good).status == 200 else ["a good token is refused before"]
    before = len(place.issuers.asked)
    for number in range(FLOOD):
        token = place.kit.sign(place.kit.claims(**_now()), header={"kid": f"flood-{number}"})
        if (status := place.said(token).status) not in (401, 429):
            problems.append(f"an unknown key id is answered with {status}")
    asked = len(place.issuers.asked) - before
    problems += [] if asked <= 2 else [f"the issuer was asked {asked} times"]
    problems += [] if place.said(good).status == 200 else ["a good token is refused meanwhile"]
    return problems


def new_key(campaign: Campaign) -> list[str]:
    """A new key is taken when a token first names it; nothing else is believed."""
    place = sign_in(campaign)
    fresh = type(place.kit.EC).generate_key("P-256", {"kid": "fresh"})
    token = place.kit.sign(place.kit.claims(**_now()), key=fresh)
    problems = [] if place.said(token).status == 401 else ["a key that the issuer does not have is believed"]
    kept = place.issuers.keys["sso"]
    place.issuers.keys["sso"] = place.kit.jwks(place.kit.EC, fresh)
    deadline = time.monotonic() + 20.0
    while (status := place.said(token).status) != 200 and time.monotonic() < deadline:
        time.sleep(0.5)
    place.issuers.keys["sso"] = kept
    return problems if status == 200 else [*problems, f"a new key is not taken after 20 s: {status}"]


def metadata_is_the_configs(campaign: Campaign) -> list[str]:
    """Where to sign in is told from the config, whatever name or proxy header a request comes with."""
    place = sign_in(campaign)
    host = place.castle.authority.encode()
    wanted = f'"{NAME}/web/mcp"'.encode()
    path = b"/.well-known/oauth-protected-resource/web/mcp"
    problems = []
    for name, lines in (
        ("its address", b"host: %b\r\n" % host),
        ("its name", b"host: mcp.test\r\n"),
        ("a proxy's header", b"host: %b\r\nx-forwarded-host: evil.example\r\nx-forwarded-proto: ftp\r\n" % host),
        ("a foreign name", b"host: evil.example\r\n"),
        ("a foreign name and port", b"host: evil.example:%d\r\n" % place.castle.port),
    ):
        request = b"GET %b HTTP/1.1\r\n%bconnection: close\r\n\r\n" % (path, lines)
        heard = knock(place.castle.port, [request], address=fresh_address(), method="GET")
        if b"evil" in heard.raw or b"ftp" in heard.raw:
            problems.append(f"{name}: the client's words come back")
        foreign = name.startswith("a foreign")
        if (heard.first.status != 421) if foreign else (wanted not in heard.first.body):
            problems.append(f"{name}: {heard.first.status} {heard.first.body[:120]!r}")
    return problems


def challenge_leads_home(campaign: Campaign) -> list[str]:
    """A 401 names the gateway's own metadata, and never why the token was wrong."""
    place = sign_in(campaign)
    home = f'resource_metadata="{NAME}/.well-known/oauth-protected-resource/web/mcp"'
    wrong = [row.token for row in place.rows() if row.reason and row.reason != "token.malformed"][::10]
    shown = {place.said(token).headers.get("www-authenticate", "") for token in wrong}
    return [] if len(shown) == 1 and home in min(shown) else [f"{len(shown)} challenges: {sorted(shown)[:3]}"]
