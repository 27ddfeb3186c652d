"""Tokens that are bound to a key of the client (RFC 9449, section 6): good only with a proof by it."""

from __future__ import annotations

import hmac
from typing import Final

from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.identity.bearer import PUBLIC
from yett.identity.credentials import Credentials

METHOD: Final = "jkt"
"""The member of `cnf`: SHA-256 of the public key (RFC 7638), in base64url."""

KEY_BOUND: Final = Reason(code="jwt.key-bound", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
"""Its own, beside tokens that a certificate binds: here DPoP helps, and the challenge offers it."""


def check(thumbprint: str, credentials: Credentials) -> Deny | None:
    """Refuse a token that is shown without a proof, or with one by another key."""
    if not credentials.key:
        return Deny(reason=KEY_BOUND, detail=f"`{METHOD}`: shown without a DPoP proof")
    if not hmac.compare_digest(thumbprint, credentials.key):
        return Deny(reason=KEY_BOUND, detail=f"`{METHOD}`: the proof is by another key, {credentials.key}")
    return None
