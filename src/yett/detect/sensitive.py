"""Finds credentials in text, in linear time. The only importer of RE2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec
import re2
from msgspec import Struct

from yett.detect.credentials import CREDENTIALS, NAMED, Credential
from yett.detect.plausible import is_random

KNOWN_KIND: Final = "gateway-credential"
_MIN_KNOWN: Final = 6
"""Characters. Shorter values would be found in innocent text; they protect nothing either."""
MAX_SPANS: Final = 10_000
"""Credentials looked for in one text. Whoever finds that many must not use the rest of it."""
_SET_MEMORY: Final = 64 << 20
"""Bytes for the automaton's states, which RE2 builds as it meets them; all that our tests build take a tenth."""


class Span(Struct, frozen=True):
    """Where a credential stands in a text, in characters."""

    kind: str
    start: int
    end: int


class Sensitive:
    """A compiled set of credential kinds.

    `known` are secret values of the gateway's own, which must never come back from anywhere. Construction compiles and
    warms everything, tens of milliseconds, so that the first message pays nothing.
    """

    def __init__(self, known: Iterable[str] = (), credentials: Collection[Credential] = CREDENTIALS) -> None:
        self._credentials = tuple(credentials)
        self._known = tuple(value.encode() for value in known if len(value) >= _MIN_KNOWN)
        self._known_escaped = tuple(msgspec.json.encode(value.decode())[1:-1] for value in self._known)
        options = re2.Options()
        options.max_mem = _SET_MEMORY
        options.log_errors = False
        self._set = re2.Set.SearchSet(options)
        for credential in self._credentials:
            self._set.Add(credential.trigger)
        # Matches a byte that no JSON has, and that `suspects` adds at the end. RE2 says "nothing" when it runs out of
        # memory too: without this the two would look alike. (One that matches everywhere would halve RE2's speed.)
        self._canary = self._set.Add(r"\x00")
        self._set.Compile()
        self._patterns = tuple(re2.compile(credential.pattern.encode()) for credential in self._credentials)
        self._named = re2.compile(NAMED)
        self.find("warm up: " + " ".join(credential.trigger for credential in self._credentials))

    def __repr__(self) -> str:
        return f"Sensitive({len(self._credentials)} kinds)"

    def suspects(self, encoded: bytes) -> frozenset[int]:
        """Which kinds may occur in a JSON document; empty means that none does. `-1` stands for a known value."""
        found = self._set.Match(encoded + _CANARY)
        if found is None:
            raise RuntimeError("the credential patterns ran out of memory")
        if len(found) == 1 and not self._known:
            return _NONE
        kinds = {index for index in found if index != self._canary}
        if self.holds_known(encoded):
            kinds.add(_KNOWN)
        return frozenset(kinds)

    def holds_known(self, encoded: bytes) -> bool:
        """Whether a JSON document holds a secret of the gateway's own."""
        return any(value in encoded for value in self._known_escaped)

    def find(self, text: str, suspects: Collection[int] | None = None) -> list[Span]:
        """Every credential in a text, in order, none overlapping. `suspects` restricts the search to those kinds.

        At `MAX_SPANS` the search ends.
        """
        data = text.encode("utf-8", "surrogatepass")
        spans = self._spans(data, suspects)
        if len(data) == len(text):
            return spans
        return [Span(span.kind, _characters(data, span.start), _characters(data, span.end)) for span in spans]

    def redact(self, text: str, suspects: Collection[int] | None = None) -> tuple[str, Counter[str]]:
        """The text with each credential replaced by `[redacted:<kind>]`, and how many of each kind there were."""
        data = text.encode("utf-8", "surrogatepass")
        spans = self._spans(data, suspects)
        if not spans:
            return text, Counter()
        pieces, position = [], 0
        for span in spans:
            pieces += [data[position : span.start], f"[redacted:{span.kind}]".encode()]
            position = span.end
        pieces.append(data[position:])
        return b"".join(pieces).decode("utf-8", "surrogatepass"), Counter(span.kind for span in spans)

    def is_named(self, key: str, value: str) -> bool:
        """Whether a field of this name and value holds a secret, whatever form that has."""
        return self._named.search(key) is not None and is_random(value)

    def _spans(self, data: bytes, suspects: Collection[int] | None) -> list[Span]:
        if suspects is None:
            suspects = {*range(len(self._credentials)), _KNOWN}
        found = (span for index in sorted(suspects) for span in self._spans_of(index, data))
        return _without_overlaps(list(islice(found, MAX_SPANS)))

    def _spans_of(self, index: int, data: bytes) -> Iterator[Span]:
        if index == _KNOWN:
            for value in self._known:
                yield from (Span(KNOWN_KIND, start, start + len(value)) for start in _positions(value, data))
            return
        credential = self._credentials[index]
        pattern = self._patterns[index]
        group = pattern.groups
        for match in pattern.finditer(data):
            start, end = match.span(group)
            if credential.check is None or credential.check(data[start:end].decode("utf-8", "replace")):
                yield Span(credential.kind, start, end)


_CANARY: Final = b"\0"
_KNOWN: Final = -1
_NONE: Final[frozenset[int]] = frozenset()


def _positions(value: bytes, data: bytes) -> Iterator[int]:
    start = data.find(value)
    while start >= 0:
        yield start
        start = data.find(value, start + len(value))


def _without_overlaps(spans: list[Span]) -> list[Span]:
    """Merge what overlaps: what begins first names the whole, and at the same place what stands first in the table."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if kept and span.start < kept[-1].end:
            last = kept[-1]
            kept[-1] = Span(last.kind, last.start, max(last.end, span.end))
        else:
            kept.append(span)
    return kept


def _characters(data: bytes, offset: int) -> int:
    return len(data[:offset].decode("utf-8", "surrogatepass"))
