"""Asks an issuer what the gateway would ask it, through the same rules, and notes what time it says it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from yett.config.identity import fetch_of, issuer_of
from yett.config.issuers import Issuer
from yett.config.schema import Config
from yett.core.ask import Answer, Ask, Asker
from yett.enforce.doctor import judgement
from yett.enforce.doctor.check import Check, failed, ok, skipped, unreached
from yett.enforce.doctor.judgement import Dated
from yett.errors import AskError, ConfigError
from yett.identity.discovery import jwks_url, metadata, metadata_urls
from yett.identity.key_source import keys_at
from yett.identity.signature import Unusable

SECONDS: Final = 15.0
"""For all questions to one issuer."""

_REACH: Final = (
    "see whether it can be reached from this machine: DNS, firewall, its certificate (`ca:`), `allow_addresses:`"
)


class Witness:
    """An `Asker` that remembers whether there was an answer at all, and the time it was given."""

    def __init__(self, ask: Asker, clock: Callable[[], float]) -> None:
        self.answered = False
        self.seen: Dated | None = None
        self._ask = ask
        self._clock = clock

    async def __call__(self, ask: Ask) -> Answer:
        """Ask as the gateway would."""
        self.answered, sent = False, self._clock()
        answer = await self._ask(ask)
        self.answered = True
        date, age = answer.get(b"date"), answer.get(b"age") or b""
        if date is not None:
            said = (date.decode("latin-1"), age.decode("latin-1"))
            self.seen = Dated(date=said[0], age=said[1], sent=sent, received=self._clock())
        return answer


async def issuer(
    name: str, entry: Issuer, *, offline: bool = False, clock: Callable[[], float] = time.time
) -> list[Check]:
    """Its metadata, its keys and its clock."""
    if offline:
        return [skipped(f"issuer {name}", "not asked: --offline")]
    try:
        fetch = fetch_of(entry)
    except ConfigError as error:
        return [failed(f"issuer {name}", str(error), "name a file of CA certificates in PEM, or remove `ca`")]
    witness = Witness(fetch, clock)
    try:
        async with asyncio.timeout(SECONDS):
            checks = await _asked(name, entry, witness)
    except TimeoutError:
        return [unreached(f"issuer {name}", f"`{entry.names[0]}` did not answer within {SECONDS:g} s", _REACH)]
    finally:
        await fetch.close()
    if witness.answered or witness.seen is not None:
        checks.append(judgement.clock(name, witness.seen))
    return checks


async def _asked(name: str, entry: Issuer, ask: Witness) -> list[Check]:
    who = entry.names[0]
    checks: list[Check] = []
    url = entry.keys_url
    if not url:
        try:
            url = jwks_url(await metadata(ask, who), who)
        except AskError as error:
            if not ask.answered:
                return [unreached(f"issuer {name}", str(error), _REACH)]
            fix = f"`issuer` and `jwks_uri` of {metadata_urls(who)[0]} must be right; see also `jwks:`"
            return [failed(f"issuer {name}", str(error), fix)]
        checks.append(ok(f"issuer {name}", f"`{who}` names itself so"))
    try:
        found = await keys_at(ask, url, entry.rsa)
    except AskError as error:
        if not ask.answered:
            return [*checks, unreached(f"keys {name}", str(error), _REACH)]
        return [*checks, failed(f"keys {name}", str(error), "set `jwks:` to where the issuer's keys are")]
    except Unusable as error:
        fix = "let the issuer publish keys for signing, with a `kid` each: EC P-256, Ed25519, or RSA of 2048 bits"
        return [*checks, failed(f"keys {name}", str(error), fix)]
    return [*checks, judgement.keys(name, found, url)]


def audience(name: str, entry: Issuer, config: Config) -> Check:
    """What tokens of an issuer must say to be meant for this gateway."""
    known = issuer_of(name, entry, config, config.listen.port)
    resources = [one for some in known.resources.values() for one in some]
    wanted = sorted({one.removesuffix("/") for one in (*known.audiences, *resources)})
    named = config.url is not None or config.listen.port != 0
    return judgement.audience(name, wanted, named=named)
