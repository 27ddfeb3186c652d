"""Three ledgers side by side: what the canary did, what Yett wrote down, what the callers were told.

The invariants are numbered as in `docs/explanation/faults.md`. A call is the same call in all three by its nonce: the
canary and the caller have it in plain text, Yett's ledger has its keyed digest.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from storm.caller import FORBIDDEN, Answer
from yett.ledger.key import KEY_FILE, read_key
from yett.ledger.mac import VALUES, Mac
from yett.ledger.verify import Verification, verify

ALLOWED = frozenset({"alice", "bob"})
UNAUTHORIZED = 401
UNKNOWABLE = 503
"""Of somebody who cannot be told to be anybody, before his message was read."""
FLOOD = "4291"
_SHOWN = 5


@dataclass
class Exchange:
    """What Yett wrote down about one exchange."""

    intents: list[dict[str, Any]] = field(default_factory=list)
    ends: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Finding:
    """What the comparison gave: sentences about what did not hold, and the numbers compared."""

    problems: list[str]
    effects: int
    successes: int
    refused: int
    broken: int
    unended: int
    forgotten: int
    records: int
    notes: tuple[str, ...]


class Books:
    """Reads the ledgers of one folder. Reads them whole each time: they are small."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ledger = folder / "ledger"

    def effects(self) -> list[dict[str, Any]]:
        """What really happened, in order."""
        found = []
        for path in sorted(self._folder.glob("effects-*")):
            found += [json.loads(line) for line in path.read_bytes().splitlines()]
        return found

    def records(self) -> list[dict[str, Any]]:
        """Yett's records. What stands behind the end of a segment that was given up does not count."""
        paths = sorted(self._ledger.glob("*.jsonl"))
        texts = [(path.name, path.read_bytes().split(b"\n")) for path in paths]
        ends = {}
        for _, lines in texts:
            first = json.loads(lines[0]) if lines and lines[0].endswith(b"}") else {}
            if first.get("previous"):
                ends[first["previous"]["file"]] = first["previous"]["bytes"]
        found = []
        for name, lines in texts:
            position = 0
            for line in lines[:-1]:  # behind the last newline is nothing, or a torn line
                position += len(line) + 1
                if position <= ends.get(name, position):
                    found.append(json.loads(line))
        return found

    def verification(self) -> Verification:
        """The product's own word on the chain."""
        return verify(self._ledger)

    def compare(self, answers: Iterable[Answer], *, killed: bool = False, lazy: bool = False) -> Finding:
        """Check I1 to I5. After a `kill -9` an intent may be the last word about a call.

        `lazy` tells that refusals were answered before they were kept, so that a kill may have lost some.
        """
        answers, effects, records = list(answers), self.effects(), self.records()
        verification = self.verification()
        problems = [*_unauthorized(answers, effects)]
        by_exchange = _by_exchange(records)
        by_digest = _by_digest(by_exchange)
        digest = self._digests()
        problems += _unrecorded(effects, by_digest, digest)
        problems += _without_effect(answers, effects)
        problems += _wrongly_ended(by_exchange, killed=killed)
        unrecorded = [one for one in answers if _was_read(one) and not by_digest.get(digest.of(one.nonce))]
        forgotten = [one for one in unrecorded if killed and lazy and one.fate == "refused"]
        problems += [
            f"I4: no record of a call that was answered ({one.tool}, {one.fate}: {one.why})"
            for one in unrecorded
            if one not in forgotten
        ][:_SHOWN]
        problems += [
            f"I4: several exchanges for one call ({one.tool}, {one.fate}: {one.why})"
            for one in answers
            if len(by_digest.get(digest.of(one.nonce), [])) > 1
        ][:_SHOWN]
        problems += [f"a caller got {answer.why}" for answer in answers if answer.fate == "wrong"][:_SHOWN]
        if verification.problem is not None:
            bad = verification.problem
            problems.append(f"I5: the chain breaks at `{bad.file}` line {bad.line}: {bad.why}")
        lost = sum(record.get("lost", 0) for record in records if record["kind"] == "gap")
        if lost:
            problems.append(f"{lost} records were lost")
        fates = Counter(answer.fate for answer in answers)
        return Finding(
            problems=problems,
            effects=len(effects),
            successes=fates["success"],
            refused=fates["refused"],
            broken=fates["broken"],
            unended=sum(1 for one in by_exchange.values() if one.intents and not one.ends),
            forgotten=len(forgotten),
            records=len(records),
            notes=verification.notes,
        )

    def open(self) -> int:
        """Intents that have no outcome so far."""
        return sum(1 for one in _by_exchange(self.records()).values() if one.intents and not one.ends)

    def of(self, answer: Answer) -> Exchange:
        """What Yett wrote down about one call; the last exchange, should there be several."""
        found = _by_digest(_by_exchange(self.records())).get(self._digests().of(answer.nonce))
        return found[-1] if found else Exchange()

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Records of one kind."""
        return [record for record in self.records() if record["kind"] == kind]

    def _digests(self) -> Digests:
        return Digests(read_key(self._ledger / KEY_FILE))


class Digests:
    """The digests of nonces, as the ledger has them."""

    def __init__(self, key: bytes) -> None:
        self._mac = Mac(key, VALUES)

    def of(self, nonce: str) -> str:
        """One nonce's."""
        return self._mac.hex(msgspec.json.encode(nonce))[:32]


def _by_exchange(records: list[dict[str, Any]]) -> dict[str, Exchange]:
    found: dict[str, Exchange] = defaultdict(Exchange)
    for record in records:
        if record["kind"] == "intent":
            found[record["exchange"]].intents.append(record)
        elif record["kind"] in ("outcome", "refusal"):
            found[record["exchange"]].ends.append(record)
    return found


def _by_digest(exchanges: dict[str, Exchange]) -> dict[str, list[Exchange]]:
    found: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in exchanges.values():
        nonces = {
            record["arguments"]["nonce"]
            for record in (*exchange.intents, *exchange.ends)
            if "nonce" in record.get("arguments", {})
        }
        for nonce in nonces:
            found[nonce].append(exchange)
    return found


def _unauthorized(answers: list[Answer], effects: list[dict[str, Any]]) -> list[str]:
    """I1, by a policy of two lines that shares nothing with the product's."""
    who = {answer.nonce: answer.who for answer in answers}
    return [
        f"I1: the effect `{effect['tool']}` of {who.get(effect['nonce'])} was never allowed"
        for effect in effects
        if effect["tool"] == FORBIDDEN or who.get(effect["nonce"], "alice") not in ALLOWED
    ][:_SHOWN]


def _unrecorded(effects: list[dict[str, Any]], by_digest: dict[str, list[Exchange]], digests: Digests) -> list[str]:
    """I2; and no effect twice, for nothing is ever sent a second time."""
    problems = []
    for nonce, count in Counter(effect["nonce"] for effect in effects).items():
        if count > 1:
            problems.append(f"I2: the call {nonce} had {count} effects")
    for effect in effects:
        intents = [record for one in by_digest.get(digests.of(effect["nonce"]), []) for record in one.intents]
        if not intents:
            problems.append(f"I2: the effect {effect['nonce']} ({effect['tool']}) has no intent")
        elif min(record["mono"] for record in intents) >= effect["mono"]:
            problems.append(f"I2: the effect {effect['nonce']} ({effect['tool']}) came before its intent")
    return problems[:_SHOWN]


def _without_effect(answers: list[Answer], effects: list[dict[str, Any]]) -> list[str]:
    """I3."""
    happened = {effect["nonce"] for effect in effects}
    return [
        f"I3: the call {answer.nonce} ({answer.tool}) succeeded without an effect"
        for answer in answers
        if answer.fate == "success" and answer.nonce not in happened
    ][:_SHOWN]


def _wrongly_ended(by_exchange: dict[str, Exchange], *, killed: bool) -> list[str]:
    """I4: one intent at most, and one end."""
    problems = []
    for name, exchange in by_exchange.items():
        if len(exchange.ends) > 1 or len(exchange.intents) > 1 or (not exchange.ends and not killed):
            kinds = [record["kind"] for record in (*exchange.intents, *exchange.ends)]
            problems.append(f"I4: the exchange {name} has the records {kinds}")
    return problems[:_SHOWN]


def _was_read(answer: Answer) -> bool:
    """Whether the body was looked at, so that the record knows the nonce: strangers are refused before that."""
    stranger = answer.status in (UNAUTHORIZED, UNKNOWABLE) or FLOOD in answer.why
    return answer.fate in ("success", "refused") and not stranger
