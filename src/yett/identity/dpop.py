"""DPoP proofs (RFC 9449, section 4): one signed sentence that this request is by whoever holds the token's key.

Read as strictly as a token. The key in the header is believed to be nothing but the key of this proof: that it is the
one that the token is bound to is for `key_bound`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import re
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct

from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.identity.bearer import PUBLIC
from yett.identity.credentials import Presented
from yett.identity.jwt import REFUSED, taken_apart
from yett.identity.replays import Replays
from yett.identity.signature import PublicKey, Unusable, canonical, public_key, thumbprint, verified
from yett.protocol.document import Bounds

PROOF_MISSING = Reason(code="dpop.missing", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
PROOF_MALFORMED = Reason(code="dpop.malformed", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
PROOF_KEY = Reason(code="dpop.key", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
PROOF_SIGNATURE = Reason(code="dpop.signature", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
PROOF_ELSEWHERE = Reason(code="dpop.elsewhere", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
PROOF_TIME = Reason(code="dpop.time", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
PROOF_TOKEN = Reason(code="dpop.token", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
PROOF_REPLAYED = Reason(code="dpop.replayed", kind=Kind.UNAUTHENTICATED, public=PUBLIC)

ALGORITHMS: Final = ("ES256", "ES384", "ES512", "EdDSA", "PS256", "RS256")
"""What proofs may be signed with; what clients are told."""

SECONDS: Final = 60.0
"""How old a proof may be: it is made for the request that it comes with."""

AHEAD: Final = 30.0
"""How far a client's clock may be ahead of ours."""

MAX_BYTES: Final = 4 * 1024
"""Of a whole proof: one with an RSA key of 4096 bits has some 1.8 KiB."""

ID_LENGTH: Final = 256
_URL_LENGTH: Final = 2048
_TYPE: Final = "dpop+jwt"
_HEADER: Final = Bounds(bytes=2 * 1024, depth=4, nodes=64)
_CLAIMS: Final = Bounds(bytes=2 * 1024, depth=4, nodes=64)
_REFUSED: Final = REFUSED - {"jwk"}
_PORTS: Final = {"http": 80, "https": 443}
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Proof(Struct, frozen=True, kw_only=True, eq=False):
    """A well-formed proof. Nothing in it is verified; `key` is the thumbprint of the key that it claims to be by."""

    signed: bytes
    signature: bytes
    algorithm: str
    public: PublicKey
    key: str
    claims: dict[str, Any]

    def __repr__(self) -> str:
        return f"Proof(algorithm={self.algorithm!r}, key={self.key!r})"


class Proofs:
    """Judges proofs for endpoints below `base`, the public URL from the config, and knows those that were shown."""

    def __init__(self, base: str, replays: Replays | None = None) -> None:
        self.replays = Replays() if replays is None else replays
        self._base = base

    def check(self, proof: Proof, presented: Presented, token: str, now: float) -> Deny | None:
        """Judge a proof by a key that the token is bound to, and remember it. `now` is wall time in seconds."""
        deny = _check_place(proof.claims, presented.method, f"{self._base}{presented.path}")
        deny = deny or _check_time(proof.claims, now) or _check_token(proof.claims, token)
        if deny is not None:
            return deny
        said = proof.claims.get("jti")
        if type(said) is not str or not 0 < len(said) <= ID_LENGTH:
            return Deny(reason=PROOF_MALFORMED, detail=f"`jti` is not a text of 1 to {ID_LENGTH} characters")
        if not verified(proof.signed, proof.signature, proof.public, proof.algorithm):
            return Deny(reason=PROOF_SIGNATURE, detail=f"not by the key in it, {proof.key}")
        # Last: nobody but the holder of a key that some token is bound to can make us remember anything.
        again = self.replays.first(proof.key, said, proof.claims["iat"] + SECONDS, now)
        return Deny(reason=PROOF_REPLAYED, detail=again) if again else None


def read(proofs: tuple[bytes, ...]) -> Proof | Deny:
    """The one proof in the values of all `DPoP` headers. Never raises, whatever they are."""
    if len(proofs) != 1:
        return Deny(reason=PROOF_MALFORMED if proofs else PROOF_MISSING, detail=f"{len(proofs)} `DPoP` headers")
    if len(proofs[0]) > MAX_BYTES:
        return Deny(reason=PROOF_MALFORMED, detail=f"{len(proofs[0])} bytes")
    text = proofs[0].decode("latin-1")
    parts = taken_apart(text, _HEADER, _CLAIMS)
    if isinstance(parts, Deny):
        return Deny(reason=PROOF_MALFORMED, detail=parts.detail)
    header, claims, signature = parts
    key = _check_header(header) or _key(header)
    if isinstance(key, Deny):
        return key
    public, algorithm = key
    return Proof(
        signed=text[: text.rindex(".")].encode("ascii"),
        signature=signature,
        algorithm=algorithm,
        public=public,
        key=thumbprint(public),
        claims=claims,
    )


def _check_header(header: dict[str, Any]) -> Deny | None:
    if refused := _REFUSED & header.keys():
        return Deny(reason=PROOF_MALFORMED, detail=f"`{min(refused)}` in the header")
    if header.get("typ") != _TYPE:
        return Deny(reason=PROOF_MALFORMED, detail=f"`typ` is not `{_TYPE}`")
    return None


def _key(header: dict[str, Any]) -> tuple[PublicKey, str] | Deny:
    algorithm, jwk = canonical(header.get("alg")), header.get("jwk")
    if algorithm not in ALGORITHMS:
        return Deny(reason=PROOF_KEY, detail=f"`alg` is {str(header.get('alg'))[:32]!a}")
    if type(jwk) is not dict:
        return Deny(reason=PROOF_KEY, detail="`jwk` is not an object")
    try:
        public, possible = public_key(jwk, algorithm)
    except Unusable as error:
        return Deny(reason=PROOF_KEY, detail=f"`jwk`: {error}")
    if possible != algorithm:
        return Deny(reason=PROOF_KEY, detail=f"{algorithm} with a key for {possible}")
    return public, algorithm


def _check_place(claims: dict[str, Any], method: str, url: str) -> Deny | None:
    if claims.get("htm") != method:
        return Deny(reason=PROOF_ELSEWHERE, detail=f"`htm` is {str(claims.get('htm'))[:32]!a}, not {method[:16]!a}")
    said = claims.get("htu")
    if type(said) is not str or (place := _place(said)) is None or place != _place(url):
        return Deny(reason=PROOF_ELSEWHERE, detail=f"`htu` is {str(said)[:200]!a}, not {url}")
    return None


def _check_time(claims: dict[str, Any], now: float) -> Deny | None:
    made = claims.get("iat")
    if type(made) not in {int, float} or not math.isfinite(made):  # type: ignore[arg-type]  # a number by then
        return Deny(reason=PROOF_TIME, detail="`iat` is no time")
    age = now - made  # type: ignore[operator]  # a number by then
    if not -AHEAD <= age < SECONDS:
        when = f"{age:.0f} s old" if age > 0 else f"{-age:.0f} s ahead"
        return Deny(reason=PROOF_TIME, detail=f"{when}; {SECONDS:.0f} and {AHEAD:.0f} s are allowed")
    return None


def _check_token(claims: dict[str, Any], token: str) -> Deny | None:
    said = claims.get("ath")
    digest = base64.urlsafe_b64encode(hashlib.sha256(token.encode("ascii")).digest()).rstrip(b"=")
    if type(said) is not str or not hmac.compare_digest(said.encode("utf-8", "surrogatepass"), digest):
        return Deny(reason=PROOF_TOKEN, detail="`ath` is not the digest of this token")
    return None


def _place(url: str) -> tuple[str, str, int, str] | None:
    """A URL as RFC 3986, 6.2.2 and 6.2.3 compare them, without query and fragment; `None` for none that can be meant.

    Dots are no steps here: an endpoint has none, so a path with some is another one.
    """
    if len(url) > _URL_LENGTH or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    path = _ESCAPE.sub(lambda match: _unescaped(match[0]), parts.path) or "/"
    return parts.scheme, parts.hostname, _PORTS[parts.scheme] if port is None else port, path


def _unescaped(escape: str) -> str:
    sign = chr(int(escape[1:], 16))
    return sign if sign in _UNRESERVED else escape.upper()
