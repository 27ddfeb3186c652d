"""The form of a Yett token: `yett_<key id>_<secret><checksum>`. Making one, and telling one from other text.

    yett_Qx7b2LmK_3vN...   8 characters of key id, 43 of secret (256 bits), 6 of CRC-32; all in base 62

The prefix lets secret scanners find a leaked token; the checksum lets them, and us, drop typing errors and lookalikes
without asking a file. Both follow what GitHub's tokens made common.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from typing import Final

from msgspec import Struct

RANDOM_BYTES: Final = 40
"""What `mint` needs: 32 for the secret, 8 for the key id."""

KEY_ID: Final = re.compile(r"[0-9A-Za-z]{8}")
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")

PREFIX: Final = "yett_"

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET: Final = 43
"""62 ** 43 is the first power beyond 2 ** 256."""

_CHECKSUM: Final = 6
_TOKEN: Final = re.compile(rf"(yett_([0-9A-Za-z]{{8}})_[0-9A-Za-z]{{{_SECRET}}})([0-9A-Za-z]{{{_CHECKSUM}}})")


class Minted(Struct, frozen=True, kw_only=True):
    """A new token, shown once and never again, with what is kept of it."""

    token: str
    key_id: str
    digest: str

    def __repr__(self) -> str:
        return f"Minted(token=***, key_id={self.key_id!r})"


def mint(random: bytes) -> Minted:
    """Make a token of `RANDOM_BYTES` unpredictable bytes."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a token is made of {RANDOM_BYTES} random bytes, not {len(random)}")
    secret = _base62(int.from_bytes(random[:32], "big"), _SECRET)
    key_id = _base62(int.from_bytes(random[32:], "big") % 62**8, 8)
    body = f"yett_{key_id}_{secret}"
    token = body + _checksum(body)
    return Minted(token=token, key_id=key_id, digest=digest_of(token))


def key_id_of(text: str) -> str | None:
    """The key id of a well-formed token; `None` for everything else."""
    match = _TOKEN.fullmatch(text)
    if match is None or _checksum(match[1]) != match[3]:
        return None
    return match[2]


def digest_of(token: str) -> str:
    """What the token file keeps. A plain hash is enough: nobody guesses 256 random bits, fast or slow."""
    return f"sha256:{hashlib.sha256(token.encode()).hexdigest()}"


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECKSUM)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
