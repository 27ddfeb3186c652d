"""JWT bearer tokens of several issuers: each judged by the issuer it names, and by no other's keys or rules."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from yett.core.exchange import Principal
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.identity import jwt as form
from yett.identity.bearer import PUBLIC, handle_of
from yett.identity.binding import binding_of, check_binding
from yett.identity.claim_paths import principal_of
from yett.identity.claims import audience_of, check_claims, expiry_of, not_meant
from yett.identity.credentials import Credentials
from yett.identity.dpop import Proofs
from yett.identity.issuer import Issuer
from yett.identity.jwt import ALGORITHM_REFUSED, Jwt
from yett.identity.key_source import KeySource
from yett.identity.pending import Pending
from yett.identity.signature import verified
from yett.identity.verified import Verified, VerifiedTokens

ISSUER_UNKNOWN = Reason(code="jwt.issuer", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
SIGNATURE_WRONG = Reason(code="jwt.signature", kind=Kind.UNAUTHENTICATED, public=PUBLIC)


class Trusted(Struct, frozen=True, kw_only=True, eq=False):
    """An issuer, and where its keys come from."""

    issuer: Issuer
    keys: KeySource


class JwtBearer:
    """Judges tokens. What it has verified it puts into `known`; `proofs` judges what is shown beside bound ones."""

    def __init__(self, trusted: Sequence[Trusted], known: VerifiedTokens, proofs: Proofs | None = None) -> None:
        self.proofs = Proofs("") if proofs is None else proofs
        self.trusted = tuple(trusted)
        self._by_name = {name: one for one in trusted for name in one.issuer.names}
        self._known = known

    def identify(self, token: str, credentials: Credentials, now: float) -> Principal | Deny | Pending:
        """Whose token this is, shown with these credentials; `now` is wall time in seconds."""
        jwt = form.read(token)
        if isinstance(jwt, Deny):
            return jwt
        trusted = self._issuer_of(jwt)
        if isinstance(trusted, Deny):
            return trusted
        deny = _check_signature(jwt, trusted)
        if deny is not None:
            return deny
        return self._judged(jwt, trusted.issuer, credentials, now)

    def problem(self) -> str:
        """Which issuers' tokens cannot be judged just now, or nothing."""
        away = [one for one in self.trusted if not one.keys.usable]
        return "; ".join(f"{one.issuer.source}: {one.keys.problem or 'not asked yet'}" for one in away)

    def warm(self) -> None:
        """Begin to fetch every issuer's keys."""
        for one in self.trusted:
            one.keys.warm()

    async def close(self) -> None:
        """End what is under way."""
        await asyncio.gather(*(one.keys.close() for one in self.trusted))

    def _issuer_of(self, jwt: Jwt) -> Trusted | Deny:
        name = jwt.claims.get("iss")
        trusted = self._by_name.get(name) if type(name) is str else None
        if trusted is None:
            shown = ascii(name[:200]) if type(name) is str else "no text"
            return Deny(reason=ISSUER_UNKNOWN, detail=f"`iss` is {shown}")
        return trusted

    def _judged(self, jwt: Jwt, issuer: Issuer, credentials: Credentials, now: float) -> Principal | Deny:
        deny = check_claims(jwt, issuer, now)
        if deny is not None:
            return deny
        binding = binding_of(jwt.claims, issuer)
        if isinstance(binding, Deny):
            return binding
        audience = audience_of(jwt.claims)
        if isinstance(audience, Deny):
            return audience
        endpoints = issuer.endpoints(audience)
        if endpoints is not None and credentials.server not in endpoints:
            return not_meant(audience)
        who = principal_of(jwt.claims, issuer, handle_of(jwt.token))
        if isinstance(who, Deny):
            return who
        expires = expiry_of(jwt.claims)
        self._known.keep(jwt.token, Verified(who=who, expires=expires, endpoints=endpoints, binding=binding))
        return check_binding(binding, credentials) or who


def _check_signature(jwt: Jwt, trusted: Trusted) -> Deny | Pending | None:
    key = trusted.keys.find(jwt.kid)
    if isinstance(key, Deny | Pending):
        return key
    if key.algorithm != jwt.algorithm:
        return Deny(reason=ALGORITHM_REFUSED, detail=f"{jwt.algorithm} with a key for {key.algorithm}")
    if not verified(jwt.signed, jwt.signature, key.public, key.algorithm):
        return Deny(reason=SIGNATURE_WRONG, detail=f"not by key {key.id[:64]!a} of {trusted.issuer.source}")
    return None
