"""From exchanges to encoded records: says what is written about a message, and keeps every field within its bound."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from yett.core.exchange import Exchange, Principal
from yett.core.message import Reply
from yett.core.pipeline import Remark, Trail
from yett.core.verdict import Deny
from yett.ledger.arguments import MAX_KEYS, arguments_of, digests
from yett.ledger.mac import VALUES, Mac
from yett.ledger.record import Asked, Gap, Happened, Outcome, Said, Who
from yett.ledger.stamp import Stamp
from yett.ledger.text import encoded, shortened
from yett.protocol.methods import Target, targets

WORD: Final = 128
"""Characters of a name: server, method, role, version."""

LONG: Final = 256
"""Characters of what people and programs write freely: subjects, tool names, URIs, notes."""

DETAIL: Final = 512
REMARKS: Final = 32
ROLES: Final = 64
ALSO: Final = 16
FIELDS: Final = 32
SESSION: Final = 16
"""Hex digits of a session's digest."""

_PRINCIPALS: Final = 4096
"""Principals whose written form is remembered: identity keeps one object per credential."""

_NOTHING: Final = Target(kind="", name="")


class Scribe:
    """Writes records. `policy` names the configuration in force and changes with it."""

    def __init__(self, key: bytes, stamp: Stamp) -> None:
        self.policy = ""
        self._stamp = stamp
        self._mac = Mac(key, VALUES)
        self._encoder = msgspec.json.Encoder()
        self._known: dict[int, tuple[Principal, Who]] = {}

    def intent(self, exchange: Exchange, trail: Trail) -> bytes:
        """What stands in the ledger before a message is sent."""
        return self._asked("intent", exchange, trail, None)

    def refusal(self, exchange: Exchange, deny: Deny, trail: Trail) -> bytes:
        """The one record of a message that was not sent. `exchange.request` may be `UNREAD`."""
        return self._asked("refusal", exchange, trail, deny)

    def outcome(
        self, exchange: Exchange, *, status: str, detail: str, trail: Trail, sent_bytes: int, duration: float
    ) -> bytes:
        """How an exchange ended that had an intent."""
        stamp = self._stamp
        return encoded(
            self._encoder,
            Outcome(
                at=stamp.at(),
                mono=stamp.monotonic(),
                exchange=exchange.id,
                server=exchange.server,
                status=status,
                detail=self._bounded(detail, DETAIL),
                duration_ms=round(duration * 1000, 3),
                sent=sent_bytes,
                trail=self._trail(trail) if trail else (),
            ),
        )

    def event(self, name: str, fields: dict[str, str | int]) -> bytes:
        """Something about the gateway itself."""
        bounded = {
            self._bounded(key, WORD): value if isinstance(value, int) else self._bounded(value, DETAIL)
            for key, value in list(fields.items())[:FIELDS]
        }
        return self.write(Happened(**self.now(), event=self._bounded(name, WORD), fields=bounded))

    def gap(self, *, since: str, why: str, refused: int, lost: int) -> bytes:
        """What the ledger missed while it could not be written."""
        return self.write(Gap(**self.now(), since=since, why=self._bounded(why, DETAIL), refused=refused, lost=lost))

    def now(self) -> dict[str, Any]:
        """The two times that every record begins with."""
        return {"at": self._stamp.at(), "mono": self._stamp.monotonic()}

    def write(self, record: Any) -> bytes:
        """Encode a record of the ledger about itself."""
        return encoded(self._encoder, record)

    def _asked(self, kind: str, exchange: Exchange, trail: Trail, deny: Deny | None) -> bytes:
        # The hot path: twice per exchange in the worst case. Bounds stand inline and enums are left to the encoder,
        # because each call and each `.value` would cost as much as encoding the field.
        message, channel, tool, principal = exchange.request, exchange.channel, exchange.tool, exchange.principal
        method = "reply" if isinstance(message, Reply) else message.method
        arguments, found = arguments_of(message), targets(message)
        first = found[0] if found else _NOTHING
        known, name, detail = self._known.get(id(principal)), first.name, "" if deny is None else deny.detail
        return encoded(
            self._encoder,
            Asked(
                kind=kind,
                at=self._stamp.at(),
                mono=self._stamp.monotonic(),
                exchange=exchange.id,
                server=exchange.server,
                peer=channel.peer if len(channel.peer) <= WORD else self._cut(channel.peer, WORD),
                entrance=channel.entrance,
                secure=channel.secure,
                era=exchange.era,
                version=exchange.version if len(exchange.version) <= WORD else self._cut(exchange.version, WORD),
                session=self._session(exchange.session) if exchange.session else "",
                who=known[1] if known is not None else self._who(principal),
                method=method if len(method) <= WORD else self._cut(method, WORD),
                target=first.kind,
                name=name if len(name) <= LONG else self._cut(name, LONG),
                also=self._also(found) if found and len(found) > 1 else (),
                arguments=digests(arguments, self._mac) if arguments else {},
                beyond=max(0, len(arguments) - MAX_KEYS),
                tool="" if tool is None else tool.digest[:16],
                policy=self.policy,
                reason="" if deny is None else deny.reason.code,
                answer="" if deny is None else deny.reason.kind.value,
                detail=detail if len(detail) <= DETAIL else self._cut(detail, DETAIL),
                trail=self._trail(trail) if trail else (),
            ),
        )

    def _also(self, found: tuple[Target, ...]) -> tuple[str, ...]:
        return tuple(self._bounded(f"{other.kind}:{other.name}", LONG) for other in found[1 : ALSO + 1])

    def _session(self, session: str) -> str:
        return self._mac.hex(session.encode("utf-8", "surrogatepass"))[:SESSION]

    def _who(self, principal: Principal) -> Who:
        """The principal as it is written, remembered. The table holds the principal, so its address stays its own."""
        if len(self._known) >= _PRINCIPALS:
            self._known.clear()
        who = Who(
            issuer=self._bounded(principal.issuer, LONG),
            subject=self._bounded(principal.subject, LONG),
            client=self._bounded(principal.client, LONG),
            credential=self._bounded(principal.credential, WORD),
            roles=tuple(self._bounded(role, WORD) for role in sorted(principal.roles)[:ROLES]),
        )
        self._known[id(principal)] = (principal, who)
        return who

    def _trail(self, trail: Trail) -> tuple[Said, ...]:
        return tuple([self._said(remark) for remark in trail[:REMARKS]])

    def _said(self, remark: Remark) -> Said:
        return Said(
            guard=remark.guard,
            verdict=remark.verdict,
            reason=remark.reason,
            note=remark.note if len(remark.note) <= LONG else self._cut(remark.note, LONG),
            observed=remark.observed,
        )

    def _bounded(self, text: str, limit: int) -> str:
        return text if len(text) <= limit else self._cut(text, limit)

    def _cut(self, text: str, limit: int) -> str:
        return shortened(text, limit, self._mac)
