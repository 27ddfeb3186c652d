"""Faults of an identity provider: away, slow, talking nonsense, with another key; and when it is asked about tokens."""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from storm.caller import Answer, Caller
from storm.fault import Scale, fault
from storm.gateway import StormError
from storm.setting import Setting
from storm.stage import Stage

ISSUER: Final = Path(__file__).resolve().parents[3] / "tokens" / "issuer.py"
OURS: Final = "auth: { tokens: tokens.yaml }"
THEIRS: Final = """\
auth:
  issuer:
    url: "{url}"
    unsafe_allow_loopback: true
    introspection: {{ url: "{url}/introspect", client_id: yett, client_secret: "${{file:secret}}" }}
"""
COOL_DOWN: Final = 10.0
"""Between two attempts to fetch keys (`identity/key_source.py`)."""

UNAVAILABLE: Final = 503
UNAUTHORIZED: Final = 401
WAYS: Final = ("down", "slow", "broken", "garbage", "empty", "moved", "huge", "cut")


@asynccontextmanager
async def issuing(stage: Stage) -> AsyncIterator[Any]:
    """An issuer that the gateway trusts, and in whose name everybody calls from now on."""
    spec = importlib.util.spec_from_file_location("storm_issuer", ISSUER)
    if spec is None or spec.loader is None:
        raise StormError(f"cannot load `{ISSUER}`")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    secret = stage.folder / "secret"
    secret.write_text("s3cret", "ascii")
    secret.chmod(0o600)
    async with module.FakeIssuer() as issuer:
        stage.write_config(lambda text: text.replace(OURS, THEIRS.format(url=issuer.url)))
        forged = token(stage, issuer, "alice")[:-8] + "AAAAAAAA"
        stage.sign_in({who: token(stage, issuer, who) for who in ("alice", "bob")} | {"mallory": forged})
        yield issuer


def token(stage: Stage, issuer: Any, who: str, **changes: Any) -> str:
    """A token that was never shown before."""
    audience = f"http://127.0.0.1:{stage.gateway.port}"
    unique = f"{who}-{time.monotonic_ns()}"
    made: str = issuer.token(audience, sub=who, exp=int(time.time()) + 3600, jti=unique, **changes)
    return made


async def shown(stage: Stage, text: str, who: str = "alice") -> Answer:
    """One call with this token."""
    caller = Caller(stage.gateway.port, who, text)
    try:
        answer = await caller.call("note")
    finally:
        caller.close()
    stage.extra.append(answer)
    return answer


@fault(
    "issuer-away",
    "the issuer is gone, silent, broken, redirects, or answers nonsense, while its keys are known",
    "tokens that come for the first time are accepted all the same, unknown keys refused with 401; nobody waits; the "
    "issuer is asked at most once in 10 s",
)
async def _away(stage: Stage, scale: Scale) -> None:
    async with issuing(stage) as issuer:
        await stage.open()
        asked, began = len(issuer.asked), time.monotonic()
        ways = WAYS if scale.long else WAYS[:3]
        fresh, unknown = [], []
        # In the long form the cool-down passes twice: what the gateway tries meanwhile fails in different ways.
        turns = itertools.cycle(ways) if scale.long else iter(ways)
        while time.monotonic() < began + 2.5 * COOL_DOWN and (way := next(turns, "")):
            issuer.mode = way
            fresh += [await shown(stage, token(stage, issuer, "alice")) for _ in range(10)]
            stranger = type(issuer)().key
            stranger = stranger.import_key(stranger.as_dict(private=True) | {"kid": f"unknown-{way}"})
            unknown += [await shown(stage, token(stage, issuer, "mallory", key=stranger), "mallory") for _ in range(2)]
            await asyncio.sleep(0.3)  # whoever fails too often is answered 429: that is not asked here
        seconds = time.monotonic() - began
        stage.no_failures(fresh)
        stage.no_failures(stage.load.since(began))
        refused = {one.status for one in unknown}
        stage.expect(refused == {UNAUTHORIZED}, f"unknown keys were answered {refused}")
        attempts = len(issuer.asked) - asked
        stage.expect(attempts <= 2 * (seconds / COOL_DOWN + 1), f"{attempts} questions in {seconds:.0f} s")
        stage.measure(f"{len(ways)} ways, {len(fresh)} new tokens, {attempts} questions in {seconds:.0f} s")
        stage.within("a new token took", [one.seconds for one in fresh], 0.5)
        issuer.mode = "well"


@fault(
    "issuer-never",
    "the gateway starts while the issuer is away",
    "503 with a time to come back, never 401, and no effect; calls succeed 11 s after its return at the latest",
    setting=Setting(load=False),
    short=False,
)
async def _never(stage: Stage, scale: Scale) -> None:
    del scale
    async with issuing(stage) as issuer:
        issuer.mode = "down"
        await stage.gateway.start()
        await stage.gateway.surveyed(*stage.setting.surveyed)
        refused = [await shown(stage, token(stage, issuer, "alice")) for _ in range(40)]
        stage.expect({one.status for one in refused} == {UNAVAILABLE}, f"answers were {_statuses(refused)}")
        stage.within("an answer took", [one.seconds for one in refused[1:]], 0.5)
        stage.measure(f"{len(refused)} calls, {len(issuer.asked)} questions")
        stage.expect(len(issuer.asked) <= 4, f"{len(issuer.asked)} questions")
        issuer.mode = "well"
        stage.within("well again after", await _until_well(stage, issuer), COOL_DOWN + 1)


@fault(
    "issuer-rotates",
    "the issuer signs with a new key, and keeps the old one for a while",
    "tokens of both keys are accepted: of the new one within 11 s; no call of others fails",
    short=False,
)
async def _rotates(stage: Stage, scale: Scale) -> None:
    async with issuing(stage) as issuer:
        await stage.open()
        took = []
        for _ in range(2 if scale.long else 1):
            old, began = issuer.key, time.monotonic()
            issuer.rotate(keep=True)
            took.append(await _until_well(stage, issuer))
            both = [await shown(stage, token(stage, issuer, "alice", key=key)) for key in (old, issuer.key)]
            stage.no_failures([*both, *stage.load.since(began)])
        stage.within("the new key was accepted after", took, COOL_DOWN + 1)


@fault(
    "introspection-away",
    "the issuer cannot be asked about opaque tokens",
    "tokens that it has vouched for go on for 30 s, all others get a 503 at once and have no effect; calls succeed 2 s "
    "after its return at the latest",
)
async def _unasked(stage: Stage, scale: Scale) -> None:
    async with issuing(stage) as issuer:
        audience = f"http://127.0.0.1:{stage.gateway.port}"
        tokens = [f"opaque-{number}" for number in range(200)]
        issuer.active = {one: {"active": True, "sub": "alice", "aud": audience} for one in tokens}
        await stage.open()
        new = iter(tokens)
        known = next(new)
        stage.no_failures([await shown(stage, known)])
        refused, kept = [], []
        ways: Sequence[str] = [way for way in WAYS if way not in ("empty", "slow")] if scale.long else WAYS[:1]
        for way in ways:
            issuer.mode = way
            refused += [await shown(stage, one) for one in itertools.islice(new, 10)]
            kept.append(await shown(stage, known))
        issuer.mode = "well"
        began = time.monotonic()
        while (await shown(stage, next(new))).fate != "success":
            await asyncio.sleep(0.05)
        took = time.monotonic() - began
        stage.no_failures(kept)
        stage.expect({one.status for one in refused} == {UNAVAILABLE}, f"answers were {_statuses(refused)}")
        never = await shown(stage, "opaque-of-nobody")
        stage.expect(never.status == UNAUTHORIZED, f"a token of nobody was answered {never.status}")
        stage.measure(f"{len(ways)} ways, {len(refused)} refused")
        stage.within("a refusal took", [one.seconds for one in refused], 0.2)
        stage.within("well again after", took, 2.0)


async def _until_well(stage: Stage, issuer: Any) -> float:
    """Show new tokens until one is accepted; the seconds that it took."""
    began = time.monotonic()
    while time.monotonic() < began + 30:
        answer = await shown(stage, token(stage, issuer, "alice"))
        if answer.fate == "success":
            return time.monotonic() - began
        await asyncio.sleep(0.2)
    stage.expect(False, "no new token was accepted for 30 s")
    return 30.0


def _statuses(answers: Sequence[Answer]) -> set[int]:
    return {one.status for one in answers}
