"""Credentials in what servers say: replaced by their kind before the client, and with it the model, sees them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar, Final

import msgspec
from msgspec.structs import replace

from yett.core.exchange import Exchange
from yett.core.guard import Guard, Phase
from yett.core.message import JsonObject, Message, Reply
from yett.core.reason import Kind, Reason
from yett.core.verdict import ALLOW, Deny, Rewrite, Verdict
from yett.detect.credentials import NAMED_KIND
from yett.detect.sensitive import MAX_SPANS, Sensitive

TOO_MUCH = Reason(
    code="redaction.too-much",
    kind=Kind.UPSTREAM_BROKEN,
    public="the server's answer holds too much that looks like credentials",
)

OURS_RETURNED = Reason(
    code="redaction.ours-returned",
    kind=Kind.UPSTREAM_BROKEN,
    public="the server's answer holds a credential where nothing can be replaced",
)

MAX_WORK: Final = 256 << 20
"""Bytes times suspected kinds: under a second. Only an answer made for it gets there."""
_OPAQUE: Final = ("requestState", "nextCursor")
"""Members of a result that the client hands back as they are (2026-07-28): changing them would break the next call."""
_encode = msgspec.json.Encoder().encode


class Redaction(Guard):
    """Looks at everything textual in a server's message, keys too. Types stay: a text is replaced within a text.

    `known` are the gateway's own credentials for the servers. Base64 is not decoded: a picture is not read.
    """

    name: ClassVar[str] = "redaction"
    phase: ClassVar[Phase] = Phase.REDACT
    reads_encoding: ClassVar[bool] = True

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._sensitive = Sensitive(known)

    def check_reply(self, exchange: Exchange, reply: Message, encoded: bytes = b"") -> Verdict[Message]:  # noqa: ARG002 - the base's signature
        """Replace credentials and count them; kinds go to the trail, values nowhere."""
        # The words as they stand in the whole message: where that holds nothing, they do not. Looking there spares
        # encoding them once more (measured: 0.25 ms of the 4.3 ms that a reply of 1 MB costs).
        if encoded and _stands_in_one_piece(reply) and not self._sensitive.suspects(encoded):
            return ALLOW
        returned = self._returned(reply)
        return Deny(reason=OURS_RETURNED, detail=returned) if returned else self._redacted(reply)

    def _redacted(self, reply: Message) -> Verdict[Message]:
        spoken = _spoken(reply)
        if not spoken:
            return ALLOW
        encoded = _encode(spoken)
        suspects = self._sensitive.suspects(encoded)
        if not suspects:
            return ALLOW
        if len(encoded) * len(suspects) > MAX_WORK:
            return Deny(reason=TOO_MUCH, detail=f"{len(suspects)} kinds suspected in {len(encoded)} bytes")
        found: Counter[str] = Counter()
        clean = _Scrubber(self._sensitive, suspects, found).scrub(spoken)
        if not found:
            return ALLOW
        if found.total() >= MAX_SPANS:
            return Deny(reason=TOO_MUCH, detail=f"{found.total()} credentials or more")
        note = ", ".join(f"{times} {kind}" for kind, times in sorted(found.items()))
        return Rewrite(message=_with(reply, clean), note=note, count=found.total())

    def _returned(self, message: Message) -> str:
        """The opaque member that holds a credential of the gateway's own. It cannot be replaced, and must not pass."""
        if type(message) is not Reply or type(message.result) is not dict:
            return ""
        for key in _OPAQUE:
            if key in message.result and self._sensitive.holds_known(_encode(message.result[key])):
                return key
        return ""


class _Scrubber:
    """Walks one message. What holds no credential is returned as the very same object."""

    def __init__(self, sensitive: Sensitive, suspects: frozenset[int], found: Counter[str]) -> None:
        self._sensitive = sensitive
        self._suspects = suspects
        self._found = found

    def scrub(self, value: Any) -> Any:
        """Return the value without credentials. Depth is bounded by the parser."""
        if type(value) is str:
            clean, counts = self._sensitive.redact(value, self._suspects)
            self._found.update(counts)
            return clean
        if type(value) is list:
            items = [self.scrub(item) for item in value]
            return value if all(map(_same, items, value)) else items
        if type(value) is dict:
            return self._scrub_object(value)
        return value

    def _scrub_object(self, value: JsonObject) -> JsonObject:
        clean: JsonObject = {}
        changed = False
        for key, item in value.items():
            new_key, new_item = self.scrub(key), self._scrub_field(key, item)
            changed = changed or new_key != key or new_item is not item
            while new_key in clean:
                new_key += "'"
            clean[new_key] = new_item
        return clean if changed else value

    def _scrub_field(self, key: str, item: Any) -> Any:
        clean = self.scrub(item)
        if clean is item and type(item) is str and self._sensitive.is_named(key, item):
            self._found[NAMED_KIND] += 1
            return f"[redacted:{NAMED_KIND}]"
        return clean


def _same(a: object, b: object) -> bool:
    return a is b


def _spoken(message: Message) -> Any:
    """Everything in a message that is the server's own words."""
    if type(message) is not Reply:
        return message.params
    if message.error is not None:
        return [message.error.message, None if message.error.data is msgspec.UNSET else message.error.data]
    result = message.result
    if isinstance(result, dict) and any(map(result.__contains__, _OPAQUE)):
        return {key: value for key, value in result.items() if key not in _OPAQUE}
    return result


def _stands_in_one_piece(message: Message) -> bool:
    """Whether the encoding of what was spoken is a part of the message's, with nothing to be looked at apart."""
    if type(message) is not Reply:
        return True
    result = message.result
    return message.error is None and not (type(result) is dict and any(map(result.__contains__, _OPAQUE)))


def _with(message: Message, clean: Any) -> Message:
    """The message with other words, and nothing else changed."""
    if type(message) is not Reply:
        return replace(message, params=clean)
    if message.error is not None:
        text, data = clean
        data = msgspec.UNSET if message.error.data is msgspec.UNSET else data
        return replace(message, error=replace(message.error, message=text, data=data))
    if isinstance(message.result, dict):
        kept = {key: message.result[key] for key in _OPAQUE if key in message.result}
        return replace(message, result={**clean, **kept})
    return replace(message, result=clean)
