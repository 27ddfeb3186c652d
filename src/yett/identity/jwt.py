"""A JSON Web Token taken apart strictly (RFC 7519, 7515, 8725), before any of it is believed and any key is looked for.

Two texts that say the same are one: only the canonical form of base64url passes, and only JSON that every parser reads
alike. What could lead us elsewhere (`jku`, `jwk`, `x5u`), change how the rest is read (`crit`, `b64`, `zip`) or is no
signed token at all (five parts) is refused by its mere presence.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final, TypeAlias

from msgspec import Struct

from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.identity.bearer import PUBLIC
from yett.identity.keys import KID_LENGTH
from yett.identity.signature import canonical
from yett.protocol import document
from yett.protocol.document import Bounds

MALFORMED = Reason(code="jwt.malformed", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
HEADER_REFUSED = Reason(code="jwt.header", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
ALGORITHM_REFUSED = Reason(code="jwt.algorithm", kind=Kind.UNAUTHENTICATED, public=PUBLIC)

_COMPACT: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_HEADER_BYTES: Final = 512
_HEADER: Final = Bounds(bytes=_HEADER_BYTES, depth=4, nodes=64)
_CLAIMS: Final = Bounds(bytes=8 * 1024, depth=16, nodes=2_000)

REFUSED: Final = frozenset(
    {
        *("crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "cty"),
        *("enc", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c"),
    }
)

Parts: TypeAlias = tuple[dict[str, Any], dict[str, Any], bytes]
"""Header, claims, signature: well-formed, and nothing more."""


class Jwt(Struct, frozen=True, kw_only=True):
    """A well-formed token. Nothing in it is verified: whoever asks for `claims` must know."""

    token: str
    signed: bytes
    signature: bytes
    algorithm: str
    kid: str | None
    type: str
    """The header's `typ` in lower case, without `application/`; empty where there is none."""
    claims: dict[str, Any]

    def __repr__(self) -> str:
        return f"Jwt(algorithm={self.algorithm!r}, kid={self.kid!r})"


def looks_like(token: str) -> bool:
    """Whether a text claims to be a JSON Web Token: parts between dots, the first of them an object."""
    return token.startswith("eyJ") and "." in token


def read(token: str) -> Jwt | Deny:
    """Take a token apart. Never raises, whatever it is; nothing is decrypted or unpacked."""
    parts = taken_apart(token, _HEADER, _CLAIMS)
    return parts if isinstance(parts, Deny) else _judged(token, *parts)


def taken_apart(token: str, header: Bounds, claims: Bounds) -> Parts | Deny:
    """Header, claims and signature of any signed JWT, each within its bounds. Never raises, whatever the text."""
    match = _COMPACT.fullmatch(token)
    if match is None:
        return Deny(reason=MALFORMED, detail=f"not three parts of base64url ({token.count('.') + 1} parts)")
    head, body, signature = (_decoded(part) for part in match.groups())
    if head is None or body is None or signature is None:
        return Deny(reason=MALFORMED, detail="a part is not canonical base64url")
    read_header = _object(head, header, "header")
    if isinstance(read_header, Deny):
        return read_header
    read_claims = _object(body, claims, "claims")
    if isinstance(read_claims, Deny):
        return read_claims
    return read_header, read_claims, signature


def _judged(token: str, header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> Jwt | Deny:
    if refused := REFUSED & header.keys():
        return Deny(reason=HEADER_REFUSED, detail=f"`{min(refused)}` in the header")
    algorithm, kid, kind = canonical(header.get("alg")), header.get("kid"), header.get("typ", "")
    if not algorithm:
        return Deny(reason=ALGORITHM_REFUSED, detail=f"alg {_shown(header.get('alg'))}")
    if "kid" in header and (type(kid) is not str or not kid or len(kid) > KID_LENGTH):
        return Deny(reason=HEADER_REFUSED, detail="`kid` is not a short text")
    if type(kind) is not str:
        return Deny(reason=HEADER_REFUSED, detail="`typ` is not text")
    return Jwt(
        token=token,
        signed=token[: token.rindex(".")].encode("ascii"),
        signature=signature,
        algorithm=algorithm,
        kid=kid,
        type=kind.lower().removeprefix("application/"),
        claims=claims,
    )


def _decoded(part: str) -> bytes | None:
    """The bytes of one part; `None` for any text but the one that an encoder would have made of them."""
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return None
    return raw if base64.urlsafe_b64encode(raw).rstrip(b"=") == part.encode("ascii") else None


def _object(raw: bytes, bounds: Bounds, what: str) -> dict[str, Any] | Deny:
    found = document.read(raw, bounds)
    if isinstance(found, Deny):
        return Deny(reason=MALFORMED, detail=f"{what}: {found.reason.code}")
    if type(found.value) is not dict:
        return Deny(reason=MALFORMED, detail=f"{what}: no object")
    return found.value


def _shown(value: object) -> str:
    return ascii(value[:32]) if type(value) is str else type(value).__name__
