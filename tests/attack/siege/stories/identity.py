"""Signing in: one answer for all who fail, fixed challenges, guesses."""

from __future__ import annotations

import time

from siege.campaign import Campaign, Lane
from siege.effort import Effort
from siege.knock import fresh_address, knock
from siege.speech import ABSENT, Say, call, written

CHALLENGES = frozenset(
    'Bearer realm="yett"' + error for error in ("", ', error="invalid_token"', ', error="invalid_request"')
)


def one_answer_for_all(campaign: Campaign) -> list[str]:
    """Which check failed is nobody's business: the same status, challenge and words for every failed sign-in."""
    token = campaign.castle.tokens["alice"]
    digest = "0" * 64
    tries = {
        "unknown": "yett_" + "A" * 8 + token[13:],
        "another secret": token[:-8] + "AAAAAAAA",
        "one character changed": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "expired": campaign.castle.tokens["late"],
        "revoked": campaign.castle.tokens["gone"],
        "a digest": f"sha256:{digest}".replace(":", "."),
        "no token of ours": "abc",
        "a default": "secret-api-key",
        "a JWT without a signature": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.",
    }
    seen = {}
    for what, tried in tries.items():
        answer = campaign.say(call("echo", head={"authorization": f"Bearer {tried}"}))
        document = answer.document
        document["error"].pop("data", None)
        seen[what] = (answer.status, answer.headers.get("www-authenticate"), str(document))
    odd = {what: one for what, one in seen.items() if one != seen["unknown"]}
    return [f"{what}: {one}" for what, one in odd.items()] if odd or seen["unknown"][0] != 401 else []


def fixed_challenge(campaign: Campaign) -> list[str]:
    """The challenge is made of the config: nothing of the request is in it."""
    problems = []
    for value in (
        'Bearer "x"',
        "Bearer x, realm=evil",
        'Bearer a" error_description="x',
        "Bearer " + "e" * 300,
        "Evil x",
    ):
        answer = campaign.say(call("echo", head={"authorization": value, "x-evil": "evil"}))
        shown = answer.headers.get("www-authenticate", "")
        if shown not in CHALLENGES:
            problems.append(f"{value}: `{shown}`")
    return problems


def brute_force(campaign: Campaign) -> list[str]:
    """Guessing is slowed down by its own address, costs little, and harms nobody else."""
    castle = campaign.castle
    guess = written(
        call("echo", head={"authorization": "Bearer yett_AAAAAAAA_" + "A" * 40}), campaign.door("alice", Lane())
    )
    guess = guess.replace(b"connection: close\r\n", b"")
    address = fresh_address()
    statuses: list[int] = []
    with Effort(castle) as spent:
        for _ in range(8):
            heard = knock(castle.port, [guess * 50], address=address, tls=campaign.tls, answers=50, seconds=20.0)
            statuses += [answer.status for answer in heard.answers]
    problems = spent.beyond(0.002 * len(statuses), f"{len(statuses)} guesses")
    if statuses.count(401) > 330 or 429 not in statuses:
        problems.append(f"{statuses.count(401)} guesses were looked at, {statuses.count(429)} refused")
    # A few guesses a second are looked at again: time has passed since the first ones.
    more = knock(castle.port, [guess * 20], address=address, tls=campaign.tls, answers=20, seconds=20.0)
    if [answer.status for answer in more.answers].count(429) < 10:
        problems.append("the address is not held back")
    if campaign.say(call("echo", {"text": "x"}), address=address).status != 200:
        problems.append("who can sign in there is locked out with the guesser")
    if campaign.say(call("echo", {"text": "x"})).status != 200:
        problems.append("others are held back too")
    return problems


def comparison_time(campaign: Campaign) -> list[str]:
    """A wrong first character takes as long as a wrong last one (Welch's t, on the identifying code itself)."""
    from math import sqrt
    from statistics import fmean, variance

    from yett.identity.own_tokens import Tokens

    token = campaign.castle.tokens["alice"]
    identify = Tokens(campaign.castle.folder / "tokens.yaml").identify
    now = time.time()
    guesses = {
        "first": f"Bearer {token[:14]}{'A' if token[14] != 'A' else 'B'}{token[15:]}".encode(),
        "last": f"Bearer {token[:-9]}AAAAAAAAA".encode(),
    }
    seen: dict[str, list[int]] = {name: [] for name in guesses}
    for _ in range(30_000):
        for name, guess in guesses.items():
            started = time.perf_counter_ns()
            identify([guess], now)
            seen[name].append(time.perf_counter_ns() - started)
    cut = {name: sorted(values)[: len(values) * 8 // 10] for name, values in seen.items()}
    first, last = cut["first"], cut["last"]
    t = abs(fmean(first) - fmean(last)) / sqrt(variance(first) / len(first) + variance(last) / len(last))
    # The trimmed means of equal distributions may differ by a rounding of the clock; a real leak is a multiple of it.
    apart = abs(fmean(first) - fmean(last)) / fmean(first)
    return [] if t < 4.5 or apart < 0.01 else [f"t = {t:.1f}, {100 * apart:.1f}% apart"]


def no_such_routes(campaign: Campaign) -> list[str]:
    """Nothing of an authorization server is exposed: no registration, no token endpoint, no metadata of clients."""
    problems = []
    for path in (
        "/register",
        "/authorize",
        "/token",
        "/oauth/token",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/callback",
        "/consent",
    ):
        for verb in (b"GET", b"POST"):
            answer = campaign.say(Say(verb=verb, path=path, caller="stranger", head={"mcp-name": ABSENT}))
            if answer.status not in (404, 405):
                problems.append(f"{verb.decode()} {path}: status {answer.status}")
    return problems
