"""Proofs that were shown, until they would be too old anyway: each opens once. Bounded, and full means refused."""

from __future__ import annotations

from hashlib import sha256 as _sha256
from typing import Final

REMEMBERED: Final = 131_072
"""Some 20 MiB. For one process: workers do not know of each other's."""

OF_ONE_KEY: Final = 16_384
"""So that one client cannot shut all others out: some 180 calls a second."""

_SPAN: Final = 8.0
"""Seconds of expiry that are forgotten together."""


class Replays:
    """Knows the ids (`jti`) of proofs under the keys that they are by. Times are wall time in seconds."""

    def __init__(self, *, remembered: int = REMEMBERED, of_one_key: int = OF_ONE_KEY) -> None:
        self._seen: set[bytes] = set()
        self._spans: dict[int, list[tuple[bytes, str]]] = {}
        self._of: dict[str, int] = {}
        self._remembered = remembered
        self._of_one_key = of_one_key

    def __len__(self) -> int:
        return len(self._seen)

    def first(self, key: str, proof: str, until: float, now: float) -> str:
        """Remember a proof until then; a sentence where it was shown before, or cannot be remembered."""
        self._forget(now)
        digest = _sha256(f"{key} {proof}".encode("utf-8", "surrogatepass")).digest()
        if digest in self._seen:
            return "shown before"
        if self._of.get(key, 0) >= self._of_one_key:
            return f"its key has shown {self._of_one_key} proofs within their lifetime"
        if len(self._seen) >= self._remembered:
            return f"{self._remembered} proofs are remembered, and no more can be"
        self._seen.add(digest)
        self._spans.setdefault(int(until // _SPAN), []).append((digest, key))
        self._of[key] = self._of.get(key, 0) + 1
        return ""

    def _forget(self, now: float) -> None:
        past = int(now // _SPAN)
        for span in [span for span in self._spans if span < past]:
            for digest, key in self._spans.pop(span):
                self._seen.discard(digest)
                left = self._of[key] - 1
                if left:
                    self._of[key] = left
                else:
                    del self._of[key]
