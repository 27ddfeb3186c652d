"""Throws rows at a castle and judges each attempt three times: by the answer, by the effects, by Yett's ledger."""

from __future__ import annotations

import ssl
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from siege.cases import Act, Bytes, Case, Fate, Talk, Variant
from siege.castle import Castle
from siege.knock import Answer, Heard, context, fresh_address, knock
from siege.speech import ABSENT, LEGACY, Door, Say, call, written

BYTES_PER_SECOND = 85
"""Rejections by the wire are recorded one by one up to a hundred a second; what is faster is only counted."""
RECORD_SECONDS = 4.0
"""They are written within a second; a busy machine may take longer."""


@dataclass(frozen=True)
class Lane:
    """One configuration to attack: an era, a server behind the gateway, and whether TLS carries it."""

    era: str = "modern"
    server: str = "web"

    def __str__(self) -> str:
        return f"{self.era}/{self.server}"


@dataclass
class Attempt:
    """One variant in one lane, and what was wrong with how it went."""

    case: str
    what: str
    lane: str
    problems: list[str] = field(default_factory=list)
    address: str = ""
    fate: Fate | None = None
    hung: bool = False
    seconds: float = 0.0


class Sessions:
    """Legacy sessions of the callers, opened when they are first needed."""

    def __init__(self, castle: Castle, tls: ssl.SSLContext | None) -> None:
        self._castle = castle
        self._tls = tls
        self._open: dict[tuple[str, str], str] = {}

    def of(self, caller: str, server: str) -> str:
        """A caller's session with a server. Empty for those who cannot have one."""
        key = (caller, server)
        if key not in self._open:
            self._open[key] = self.fresh(caller, server)
        return self._open[key]

    def drop(self, caller: str, server: str) -> None:
        """The next one will be another."""
        self._open.pop((caller, server), None)

    def fresh(self, caller: str, server: str) -> str:
        """Shake hands; return the session's id."""
        castle = self._castle
        if caller not in castle.tokens:
            return ""
        door = Door(authority=castle.authority, token=castle.tokens[caller], era="legacy", server=server)
        hello = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "siege", "version": "1"}}
        heard = self._knock(written(Say(method="initialize", params=hello), door))
        session = heard.first.headers.get("mcp-session-id", "")
        if session:
            ready = Say(method="notifications/initialized", members={"id": ABSENT}, session=session)
            self._knock(written(ready, door))
        return session

    def _knock(self, request: bytes) -> Heard:
        return knock(self._castle.port, [request], address=fresh_address(), tls=self._tls)


class Campaign:
    """Runs variants against one castle, one after the other; `settle()` has the ledger's word."""

    def __init__(self, castle: Castle) -> None:
        self.castle = castle
        self.attempts: list[Attempt] = []
        self.tls = context(castle.folder / "ca.pem") if castle.tls else None
        self.sessions = Sessions(castle, self.tls)
        self.patience = RECORD_SECONDS
        self._effects = castle.effect_count()
        self._recent: list[float] = []

    def run(self, rows: Iterable[Case], lanes: Sequence[Lane], *, long: bool, stories: bool = True) -> list[Attempt]:
        """Run every variant of the rows in these lanes; `stories` too, which know no lanes."""
        mine: list[Attempt] = []
        for row in rows:
            for variant in row.variants:
                if isinstance(variant, Talk | Act) and variant.long and not long:
                    continue
                mine += [self._attempt(row, variant, lane) for lane in self._lanes_of(variant, lanes)]
                if stories and isinstance(variant, Act):
                    mine.append(self._act(row, variant))
        self.settle(mine)
        self.attempts += mine
        return mine

    def _lanes_of(self, variant: Variant, lanes: Sequence[Lane]) -> Iterator[Lane]:
        if isinstance(variant, Bytes):
            yield Lane()
        elif isinstance(variant, Talk):
            fitting = [lane for lane in lanes if lane.era in variant.eras and lane.server in variant.servers]
            # A variant that has no place in these lanes runs once all the same, where it belongs.
            yield from fitting or [Lane(variant.eras[0], variant.servers[0])]

    def _attempt(self, row: Case, variant: Variant, lane: Lane) -> Attempt:
        where = f"{lane}{'/tls' if self.castle.tls else ''}"
        attempt = Attempt(row.id, variant.what, where, address=fresh_address())
        started = time.monotonic()
        try:
            heard = self._send(variant, lane, attempt.address)
        except (OSError, ValueError) as error:
            attempt.problems.append(f"could not be sent: {type(error).__name__}: {error}")
            return attempt
        attempt.seconds = time.monotonic() - started
        fate = variant.fate if isinstance(variant, Talk | Bytes) else None
        if fate is None:
            return attempt
        attempt.fate = fate
        attempt.hung = heard.hung
        attempt.problems += judged(heard, fate)
        attempt.problems += self._effects_judged(fate)
        if isinstance(variant, Talk) and lane.era == "legacy" and fate.outcome == "failed":
            self.sessions.drop(variant.say.caller, lane.server)
        return attempt

    def _send(self, variant: Variant, lane: Lane, address: str) -> Heard:
        castle = self.castle
        if isinstance(variant, Bytes):
            self._pace()
            return knock(
                castle.port,
                [piece if isinstance(piece, float) else self.filled(piece) for piece in variant.pieces],
                address=address,
                tls=self.tls,
                seconds=variant.seconds,
                answers=variant.answers,
                half_close=variant.half_close,
                method=variant.method,
            )
        if not isinstance(variant, Talk):
            raise TypeError(type(variant).__name__)
        request = written(variant.say, self.door(variant.say.caller, lane))
        return knock(castle.port, [request], address=address, tls=self.tls, seconds=12.0)

    def door(self, caller: str, lane: Lane) -> Door:
        """How a caller comes in."""
        castle = self.castle
        session = self.sessions.of(caller, lane.server) if lane.era == "legacy" else ""
        token = castle.tokens.get(caller, "")
        return Door(authority=castle.authority, token=token, era=lane.era, server=lane.server, session=session)

    def say(self, message: Say, lane: Lane | None = None, *, address: str = "", seconds: float = 12.0) -> Answer:
        """Send one message for a story; its effects are the story's to judge."""
        lane = lane or Lane()
        request = written(message, self.door(message.caller, lane))
        heard = knock(self.castle.port, [request], address=address or fresh_address(), tls=self.tls, seconds=seconds)
        self._effects = self.castle.effect_count()
        return heard.first

    def filled(self, piece: bytes) -> bytes:
        """Bytes with this castle's names in them."""
        castle = self.castle
        door = Door(authority=castle.authority, token=castle.tokens["alice"], era="modern", server="web")
        body = call("echo", {"text": "SMUGGLED"}).encoded("modern")
        places = {
            b"<smuggled>": written(call("echo", {"text": "SMUGGLED"}), door).replace(b"connection: close\r\n", b""),
            b"<call>": written(call("echo", {"text": "first"}), door).replace(b"connection: close\r\n", b""),
            b"<head>": b"".join(
                line + b"\r\n"
                for line in written(call("echo"), door).partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
                if line.partition(b":")[0] not in (b"host", b"content-length", b"connection")
            ),
            b"<body>": body,
            b"<length>": str(len(body)).encode(),
            b"<hexlength>": f"{len(body):x}".encode(),
            b"<two chunks>": b"5\r\n%b\r\n%x\r\n%b\r\n" % (body[:5], len(body) - 5, body[5:]),
            b"<host>": castle.authority.encode(),
            b"<scheme>": castle.scheme.encode(),
            b"<port>": str(castle.port).encode(),
            b"<token>": castle.tokens["alice"].encode(),
        }
        for name, value in places.items():
            piece = piece.replace(name, value)
        return piece

    def _pace(self) -> None:
        now = time.monotonic()
        self._recent = [moment for moment in self._recent if now - moment < 1.0]
        if len(self._recent) >= BYTES_PER_SECOND:
            time.sleep(max(0.0, self._recent[0] + 1.0 - now))
        self._recent.append(time.monotonic())

    def _effects_judged(self, fate: Fate) -> list[str]:
        before, self._effects = self._effects, self.castle.effect_count()
        seen = self._effects - before
        return [] if seen == fate.effects else [f"{seen} effects, not {fate.effects}"]

    def _act(self, row: Case, variant: Act) -> Attempt:
        attempt = Attempt(row.id, variant.what, "tls" if self.castle.tls else "plain")
        started = time.monotonic()
        try:
            attempt.problems += variant.story(self)
        except Exception as error:  # noqa: BLE001 - a story that breaks is a case that is not proven
            attempt.problems.append(f"the story broke: {type(error).__name__}: {error}")
        self._effects = self.castle.effect_count()
        attempt.seconds = time.monotonic() - started
        return attempt

    def settle(self, attempts: Sequence[Attempt]) -> None:
        """Compare the ledger with what every attempt should have left there."""
        wanted = {attempt.address: attempt for attempt in attempts if attempt.fate is not None}
        deadline = time.monotonic() + self.patience
        while True:
            records = self.records()
            late = [a for a in wanted.values() if a.fate is not None and record_problems(a.fate, records[a.address])]
            if not late or time.monotonic() > deadline:
                break
            time.sleep(0.25)
        for attempt in late:
            if attempt.fate is not None:
                attempt.problems += record_problems(attempt.fate, records[attempt.address])

    def records(self) -> dict[str, list[dict[str, Any]]]:
        """The ledger's records by peer; outcomes belong to the peer of their intent."""
        by_peer: dict[str, list[dict[str, Any]]] = defaultdict(list)
        peers: dict[str, str] = {}
        for record in self.castle.ledger():
            if record["kind"] in ("intent", "refusal"):
                peers[record["exchange"]] = record["peer"]
                by_peer[record["peer"]].append(record)
            elif record["kind"] == "outcome":
                by_peer[peers.get(record["exchange"], "")].append(record)
        return by_peer


def judged(heard: Heard, fate: Fate) -> list[str]:
    """What is wrong with an answer."""
    answer = heard.first
    problems = []
    if heard.hung:
        problems.append(f"hangs: nothing for {heard.seconds:.1f} s after {heard.raw[:60]!r}")
    elif answer.status not in fate.statuses:
        problems.append(f"status {answer.status}, not {sorted(fate.statuses)}: {answer.body[:200]!r}")
    if fate.closes and not heard.closed:
        problems.append("the connection stays open")
    if fate.closes and len(heard.answers) > 1:
        problems.append(f"{len(heard.answers)} answers: {[one.status for one in heard.answers]}")
    problems += content_problems(answer, fate)
    problems += [f"{secret!r} is in the answer" for secret in fate.absent if secret in heard.raw]
    problems += [f"{wanted!r} is not in the answer" for wanted in fate.present if wanted not in heard.raw]
    return problems


def content_problems(answer: Answer, fate: Fate) -> list[str]:
    """What is wrong with the JSON-RPC of an answer."""
    document = answer.document if isinstance(answer.document, dict) else {}
    failure, result = document.get("error"), document.get("result")
    code = failure.get("code") if isinstance(failure, dict) else None
    is_error = isinstance(result, dict) and result.get("isError") is True
    problems = []
    if fate.codes and code not in fate.codes:
        problems.append(f"error {code}, not {sorted(fate.codes)}: {answer.body[:200]!r}")
    if fate.tool_error and not is_error:
        problems.append(f"no result with `isError`: {answer.body[:200]!r}")
    if fate.outcome == "allowed" and 200 in fate.statuses and answer.status == 200 and (result is None or is_error):
        problems.append(f"no good result: {answer.body[:200]!r}")
    return problems


def record_problems(fate: Fate, records: Sequence[dict[str, Any]]) -> list[str]:
    """What is wrong with the ledger's records of one attempt."""
    kinds = [record["kind"] for record in records]
    problems = []
    for kind, wanted in (("refusal", fate.refusals), ("intent", fate.intents), ("outcome", fate.intents)):
        if kinds.count(kind) != wanted:
            problems.append(f"{kinds.count(kind)} records of kind `{kind}`, not {wanted}")
    outcomes = [record["status"] for record in records if record["kind"] == "outcome"]
    if fate.outcome and outcomes and outcomes != [fate.outcome] * len(outcomes):
        problems.append(f"outcome {outcomes}, not `{fate.outcome}`")
    reasons = {record["reason"] for record in records if record["kind"] == "refusal"}
    if fate.reasons and not reasons <= fate.reasons:
        problems.append(f"reason {sorted(reasons)}, not {sorted(fate.reasons)}")
    return problems
