"""A JWK set (RFC 7517): which of its keys may be used, each for one algorithm, and why the others may not."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from msgspec import Struct

from yett.core.verdict import Deny
from yett.identity.signature import PublicKey, Unusable, public_key
from yett.protocol import document
from yett.protocol.document import Bounds

MAX_BYTES: Final = 256 * 1024
MAX_KEYS: Final = 100
"""Large issuers publish some ten."""

KID_LENGTH: Final = 256
_BOUNDS: Final = Bounds(bytes=MAX_BYTES, depth=8, nodes=20_000)


class Key(Struct, frozen=True, kw_only=True, eq=False):
    """One public key. `print` tells it from another with the same id."""

    id: str
    algorithm: str
    public: PublicKey
    print: str


class Keys(Struct, frozen=True, kw_only=True, eq=False):
    """The usable keys of an issuer by their ids, and what was left out and why."""

    by_id: dict[str, Key]
    dropped: tuple[str, ...] = ()

    @property
    def prints(self) -> frozenset[str]:
        """What changes when the keys do."""
        return frozenset(key.print for key in self.by_id.values())

    def find(self, kid: str | None) -> Key | None:
        """The key of an id; without an id, the only key there is."""
        if kid is not None:
            return self.by_id.get(kid)
        return next(iter(self.by_id.values())) if len(self.by_id) == 1 else None


def read_keys(body: bytes, rsa_default: str) -> Keys:
    """Read a set. Raises `Unusable` with what is wrong where no key of it can be used."""
    entries = _entries(body)
    times = Counter(entry.get("kid", "") for entry in entries if type(entry.get("kid", "")) is str)
    by_id: dict[str, Key] = {}
    dropped = []
    for number, entry in enumerate(entries, 1):
        try:
            key = _key(entry, times, rsa_default)
        except Unusable as error:
            dropped.append(f"key {number}: {error}")
        else:
            by_id[key.id] = key
    if not by_id:
        raise Unusable(f"no usable key: {'; '.join(dropped[:4]) or 'the set is empty'}")
    return Keys(by_id=by_id, dropped=tuple(dropped))


def _entries(body: bytes) -> list[dict[str, Any]]:
    found = document.read(body, _BOUNDS)
    if isinstance(found, Deny):
        raise Unusable(f"it is no JSON that is read alike everywhere ({found.reason.code})")
    entries = found.value.get("keys") if isinstance(found.value, dict) else None
    if not isinstance(entries, list):
        raise Unusable("it is no JWK set: there is no list `keys`")
    if len(entries) > MAX_KEYS:
        raise Unusable(f"it has more than {MAX_KEYS} keys")
    return [entry if isinstance(entry, dict) else {} for entry in entries]


def _key(entry: dict[str, Any], times: Counter[str], rsa_default: str) -> Key:
    kid = entry.get("kid", "")
    if type(kid) is not str or len(kid) > KID_LENGTH:
        raise Unusable("its id (`kid`) is not a short text")
    if times[kid] > 1:
        raise Unusable("another key has the same id (`kid`), or neither has one")
    key, algorithm = public_key(entry, rsa_default)
    return Key(id=kid, algorithm=algorithm, public=key, print=f"{kid}:{algorithm}:{key.thumbprint()}")
