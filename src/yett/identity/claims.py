"""What must hold of a token's claims, each with its type said: nothing is compared before it is what it must be."""

from __future__ import annotations

import math
from typing import Any, Final

from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.identity.bearer import PUBLIC
from yett.identity.issuer import ACCESS_TYPES, ID_TOKEN_MARKS, Issuer
from yett.identity.jwt import Jwt

EXPIRED = Reason(code="jwt.expired", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
NOT_YET = Reason(code="jwt.not-yet", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
LIFETIME = Reason(code="jwt.lifetime", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
AUDIENCE = Reason(code="jwt.audience", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
CLAIM_WRONG = Reason(code="jwt.claim", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
NOT_ACCESS = Reason(code="jwt.not-access", kind=Kind.UNAUTHENTICATED, public=PUBLIC)

AUDIENCES: Final = 64
"""Of one token: it would have to be meant for that many services at once."""

AUDIENCE_LENGTH: Final = 1024


def check_claims(jwt: Jwt, issuer: Issuer, now: float) -> Deny | None:
    """Judge everything but the signature, the audience and the binding. `now` is wall time in seconds."""
    return _check_kind(jwt, issuer) or check_times(jwt.claims, issuer, now) or _check_required(jwt.claims, issuer)


def audience_of(claims: dict[str, Any]) -> frozenset[str] | Deny:
    """Whom a token is meant for (RFC 7519, 4.1.3): one text, or a short list of texts."""
    said = claims.get("aud")
    values = [said] if type(said) is str else said
    if type(values) is not list or not values:
        return Deny(reason=AUDIENCE, detail="no `aud`" if said is None else "`aud` is neither text nor a list of texts")
    if len(values) > AUDIENCES:
        return Deny(reason=AUDIENCE, detail=f"{len(values)} audiences")
    if not all(type(value) is str and len(value) <= AUDIENCE_LENGTH for value in values):
        return Deny(reason=AUDIENCE, detail="`aud` holds something that is not a short text")
    return frozenset(values)


def not_meant(audience: frozenset[str]) -> Deny:
    """The refusal of a token that is meant for others."""
    return Deny(reason=AUDIENCE, detail=f"meant for {', '.join(ascii(one[:200]) for one in sorted(audience)[:4])}")


def expiry_of(claims: dict[str, Any]) -> float:
    """When a token whose claims were checked ends, in wall time."""
    return float(claims["exp"])


def check_times(claims: dict[str, Any], issuer: Issuer, now: float) -> Deny | None:
    """`exp`, `iat` and `nbf`: numbers, in order, and neither past nor far ahead."""
    for name in ("exp", "iat", "nbf"):
        if name == "nbf" and name not in claims:
            continue
        if not _is_time(claims.get(name)):
            what = "missing" if name not in claims else f"of type {type(claims[name]).__name__}, or out of range"
            return Deny(reason=CLAIM_WRONG, detail=f"`{name}` is {what}")
    expires, issued = claims["exp"], claims["iat"]
    if now >= expires:
        return Deny(reason=EXPIRED, detail=f"{now - expires:.0f} s ago")
    for name in ("iat", "nbf"):
        if claims.get(name, 0) > now + issuer.skew:
            return Deny(reason=NOT_YET, detail=f"`{name}` is {claims[name] - now:.0f} s ahead")
    if expires - issued > issuer.max_lifetime:
        return Deny(reason=LIFETIME, detail=f"{expires - issued:.0f} s, and {issuer.max_lifetime:.0f} s are allowed")
    return None


def _is_time(value: object) -> bool:
    """A NumericDate (RFC 7519, 2): a number that is one, finite and not negative. `true` is no number here."""
    return type(value) in {int, float} and math.isfinite(value) and value >= 0  # type: ignore[arg-type, operator]  # a number by then


def _check_kind(jwt: Jwt, issuer: Issuer) -> Deny | None:
    """An access token, and not an ID token, a refresh token or whatever else the same keys sign (RFC 8725, 3.11)."""
    if jwt.type not in issuer.types:
        return Deny(reason=NOT_ACCESS, detail=f"`typ` of the header is {jwt.type[:32]!a}")
    if issuer.id_tokens:
        return None
    for name in ("typ", "token_use"):
        said = jwt.claims.get(name, "bearer")
        if type(said) is not str or said.lower() not in ACCESS_TYPES:
            return Deny(reason=NOT_ACCESS, detail=f"the claim `{name}` is {str(said)[:32]!a}")
    mark = next((name for name in ID_TOKEN_MARKS if name in jwt.claims), "")
    return Deny(reason=NOT_ACCESS, detail=f"an ID token: it has `{mark}`") if mark else None


def _check_required(claims: dict[str, Any], issuer: Issuer) -> Deny | None:
    for name, value in issuer.required:
        if claims.get(name) != value or type(claims[name]) is not str:
            return Deny(reason=CLAIM_WRONG, detail=f"`{name}` is not {value!a}")
    return None
