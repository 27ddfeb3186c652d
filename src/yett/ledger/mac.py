"""A keyed hash: HMAC-SHA256 (RFC 2104) with both key blocks hashed once, because the ledger makes several per call."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

_BLOCK: Final = 64
"""SHA-256's block size in bytes."""

CHAIN: Final = b"yett.ledger.chain.1"
VALUES: Final = b"yett.ledger.values.1"
KEY_ID: Final = b"yett.ledger.key-id.1"


class Mac:
    """HMAC-SHA256 under a key derived from `key` for one `purpose`: what is made for one is worthless for another."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes, purpose: bytes) -> None:
        block = hmac.digest(key, purpose, "sha256").ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def hex(self, message: bytes) -> str:
        """The hash as 64 lower-case hex digits."""
        # Copying two prepared states costs 0.6 us where `hmac.digest` costs 2.0: it looks the algorithm up every time.
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()


def key_id(key: bytes) -> str:
    """A public name for a key: 16 hex digits that say which one it is and nothing about it."""
    return hmac.digest(key, KEY_ID, "sha256").hex()[:16]
