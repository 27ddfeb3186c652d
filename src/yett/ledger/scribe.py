"""From exchanges to encoded records: says what is written about a message, and keeps every field within its bound.

Records of messages are put together as text, in the order of `record.py`, with every string through `Quotes`: the
ledger writes two of them per call, and building and encoding values would double their cost. Tests hold the text to the
shapes.
"""

from __future__ import annotations

from json.encoder import encode_basestring_ascii as as_string
from typing import Any, Final

import msgspec

from yett.core.exchange import Entrance, Era, Exchange, Principal
from yett.core.message import Message, Reply
from yett.core.pipeline import Remark, Trail
from yett.core.verdict import Deny
from yett.ledger.arguments import MAX_KEYS, arguments_of, written
from yett.ledger.mac import VALUES, Mac
from yett.ledger.quotes import Quotes
from yett.ledger.record import Gap, Happened, Who
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

_PHRASES: Final = 4096
"""Other parts of records that are remembered as written: places, targets, remarks. When full, it starts anew."""

_DRAFTS: Final = 4096
"""Kinds of calls whose records are remembered as far as they are alike. When full, it starts anew."""

_GATEWAY: Final = Entrance.GATEWAY
_MODERN_ERA: Final = Era.MODERN
_MODERN: Final = ',"era":"modern"'
_LEGACY: Final = ',"era":"legacy"'
_SECURE: Final = ',"secure":true'
_VERSION: Final = ',"version":'
_ARGUMENTS: Final = ',"arguments":'
_TOOL: Final = ',"tool":'
_POLICY: Final = ',"policy":'
_REASON: Final = ',"reason":'
_NOTE: Final = ',"note":'
_OBSERVED: Final = ',"observed":true'
_DETAIL: Final = ',"detail":'
_DURATION: Final = ',"duration_ms":'
_SENT: Final = ',"sent":'


class Scribe:
    """Writes records. `policy` names the configuration in force and changes with it."""

    def __init__(self, key: bytes, stamp: Stamp) -> None:
        self._policy = self._policy_written = ""
        self._stamp = stamp
        self._encoder = msgspec.json.Encoder()
        self.change_key(key)

    def change_key(self, key: bytes) -> None:
        """Make digests of values with another key: nothing that was written before holds for it."""
        self._mac = Mac(key, VALUES)
        self._quotes = Quotes(self._mac)
        self._principals: dict[int, tuple[Principal, str]] = {}
        # By what they say. Writing them anew for each record would cost 2 us of an intent's 5.
        self._phrases: dict[tuple[object, ...], str] = {}
        self._drafts: dict[int, tuple[object, str, str]] = {}

    @property
    def policy(self) -> str:
        """The name of the configuration in force."""
        return self._policy

    @policy.setter
    def policy(self, name: str) -> None:
        self._policy = name
        self._drafts.clear()
        self._policy_written = _POLICY + as_string(name) if name else ""

    def intent(self, exchange: Exchange, trail: Trail, like: object = None) -> bytes:
        """What stands in the ledger before a message is sent.

        `like` is one object for all exchanges that differ in their id, their time and the arguments alone, and have one
        trail: what their records have in common is written once.
        """
        if like is None:
            return self._asked("intent", exchange, "", trail)
        _, before, after = self._drafts.get(id(like)) or self._draft(exchange, trail, like)
        return (
            f'{{"kind":"intent",{self._stamp.fields()},"exchange":{as_string(exchange.id)}'
            f"{before}{self._arguments(exchange.request)}{after}"
        ).encode()

    def refusal(self, exchange: Exchange, deny: Deny, trail: Trail) -> bytes:
        """The one record of a message that was not sent. `exchange.request` may be `UNREAD`."""
        quote, reason = self._quotes.quote, deny.reason
        why = f'{_REASON}{quote(reason.code, WORD)},"answer":{quote(reason.kind.value, WORD)}'
        if deny.detail:
            why += _DETAIL + quote(deny.detail, DETAIL)
        return self._asked("refusal", exchange, why, trail)

    def outcome(
        self, exchange: Exchange, *, status: str, detail: str, trail: Trail, sent_bytes: int, duration: float
    ) -> bytes:
        """How an exchange ended that had an intent."""
        known, quote = self._quotes.known, self._quotes.quote
        milliseconds = round(duration * 1000, 3)
        return (
            f'{{"kind":"outcome",{self._stamp.fields()},"exchange":{as_string(exchange.id)}'
            f',"server":{known.get(exchange.server) or quote(exchange.server, WORD)}'
            f',"status":{known.get(status) or quote(status, WORD)}'
            f"{_DETAIL + quote(detail, DETAIL) if detail else ''}"
            f"{_DURATION + str(milliseconds) if milliseconds else ''}"
            f"{_SENT + str(sent_bytes) if sent_bytes else ''}"
            f"{self._trail(trail) if trail else ''}}}"
        ).encode()

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

    def _asked(self, kind: str, exchange: Exchange, why: str, trail: Trail) -> bytes:
        return (
            f"{self._beginning(kind, exchange)}{self._before(exchange)}{self._arguments(exchange.request)}"
            f"{self._after(exchange, why, trail)}"
        ).encode()

    def _draft(self, exchange: Exchange, trail: Trail, like: object) -> tuple[object, str, str]:
        """What is written of exchanges alike. The table holds `like`, so its address stays its own."""
        if len(self._drafts) >= _DRAFTS:
            self._drafts.clear()
        draft = self._drafts[id(like)] = (like, self._before(exchange), self._after(exchange, "", trail))
        return draft

    def _beginning(self, kind: str, exchange: Exchange) -> str:
        return f'{{"kind":"{kind}",{self._stamp.fields()},"exchange":{as_string(exchange.id)}'

    def _before(self, exchange: Exchange) -> str:
        """What stands before the arguments: where a message came in, whose it is, and what it is about."""
        channel, principal, version = exchange.channel, exchange.principal, exchange.version
        place = (exchange.server, channel.peer, version, channel.secure, exchange.era is _MODERN_ERA)
        usual = channel.entrance is _GATEWAY and exchange.era is not None
        remembered = self._principals.get(id(principal))
        return (
            f"{(usual and self._phrases.get(place)) or self._place(exchange, place if usual else ())}"
            f"{self._session(exchange.session) if exchange.session else ''}"
            f',"who":{remembered[1] if remembered is not None else self._who(principal)}'
            f"{self._about(exchange.request)}"
        )

    def _after(self, exchange: Exchange, why: str, trail: Trail) -> str:
        tool = exchange.tool
        return (
            f"{_TOOL + as_string(tool.digest[:16]) if tool is not None else ''}{self._policy_written}"
            f"{why}{self._trail(trail) if trail else ''}}}"
        )

    def _place(self, exchange: Exchange, key: tuple[object, ...]) -> str:
        """Where a message came in and what it speaks; remembered under `key`, if that is not empty."""
        quote, channel, era = self._quotes.quote, exchange.channel, exchange.era
        text = (
            f',"server":{quote(exchange.server, WORD)},"peer":{quote(channel.peer, WORD)}'
            f',"entrance":"{channel.entrance.value}"'
            f"{_SECURE if channel.secure else ''}"
            f"{_MODERN if era is _MODERN_ERA else '' if era is None else _LEGACY}"
            f"{_VERSION + quote(exchange.version, WORD) if exchange.version else ''}"
        )
        return self._remembered(key, text) if key else text

    def _remembered(self, key: tuple[object, ...], text: str) -> str:
        if len(text) <= DETAIL:
            if len(self._phrases) >= _PHRASES:
                self._phrases.clear()
            self._phrases[key] = text
        return text

    def _about(self, message: Message) -> str:
        """Method and targets."""
        found = targets(message)
        method = "reply" if type(message) is Reply else message.method
        if found and len(found) == 1:
            key = (method, found[0].kind, found[0].name)
            return self._phrases.get(key) or self._remembered(key, self._subject(method, found))
        return self._subject(method, found or ())

    def _arguments(self, message: Message) -> str:
        arguments = arguments_of(message)
        if not arguments:
            return ""
        text = _ARGUMENTS + written(arguments, self._mac, self._quotes)
        return text if len(arguments) <= MAX_KEYS else f'{text},"beyond":{len(arguments) - MAX_KEYS}'

    def _subject(self, method: str, found: tuple[Target, ...]) -> str:
        quote = self._quotes.quote
        text = f',"method":{quote(method, WORD)}' if method else ""
        if found:
            kind, name = found[0].kind, found[0].name
            text += f',"target":{quote(kind, WORD)}'
            if name:
                text += f',"name":{quote(name, LONG)}'
            if len(found) > 1:
                text += self._also(found)
        return text

    def _also(self, found: tuple[Target, ...]) -> str:
        named = [self._quotes.quote(f"{other.kind}:{other.name}", LONG) for other in found[1 : ALSO + 1]]
        return f',"also":[{",".join(named)}]'

    def _session(self, session: str) -> str:
        return f',"session":"{self._mac.hex(session.encode("utf-8", "surrogatepass"))[:SESSION]}"'

    def _who(self, principal: Principal) -> str:
        """The principal as it is written, remembered. The table holds the principal, so its address stays its own."""
        if len(self._principals) >= _PRINCIPALS:
            self._principals.clear()
        who = Who(
            issuer=self._bounded(principal.issuer, LONG),
            subject=self._bounded(principal.subject, LONG),
            client=self._bounded(principal.client, LONG),
            actor=self._bounded(principal.actor, LONG),
            credential=self._bounded(principal.credential, WORD),
            source=self._bounded(principal.source, WORD),
            roles=tuple(self._bounded(role, WORD) for role in sorted(principal.roles)[:ROLES]),
        )
        text = encoded(self._encoder, who).decode("ascii")
        self._principals[id(principal)] = (principal, text)
        return text

    def _trail(self, trail: Trail) -> str:
        phrases = self._phrases
        said = []
        for remark in trail[:REMARKS]:
            key = (remark.guard, remark.verdict, remark.reason, remark.note, remark.observed)
            said.append(phrases.get(key) or self._remembered(key, self._remark(remark)))
        return f',"trail":[{",".join(said)}]'

    def _remark(self, remark: Remark) -> str:
        quote = self._quotes.quote
        return (
            f'{{"guard":{quote(remark.guard, WORD)},"verdict":{quote(remark.verdict, WORD)}'
            f"{_REASON + quote(remark.reason, WORD) if remark.reason else ''}"
            f"{_NOTE + quote(remark.note, LONG) if remark.note else ''}"
            f"{_OBSERVED if remark.observed else ''}}}"
        )

    def _bounded(self, text: str, limit: int) -> str:
        return text if len(text) <= limit else shortened(text, limit, self._mac)
