"""Tokens that are bound to a client certificate (RFC 8705, section 3): good only on a connection that proved it."""

from __future__ import annotations

import hmac
from typing import Final

from yett.core.verdict import Deny
from yett.identity.bearer import BOUND
from yett.identity.credentials import Credentials

METHOD: Final = "x5t#S256"
"""The member of `cnf`: SHA-256 of the certificate's DER, in base64url."""


def check(thumbprint: str, credentials: Credentials) -> Deny | None:
    """Refuse a token that is shown on a connection without its certificate."""
    certificate = credentials.certificate
    if certificate is None:
        return Deny(reason=BOUND, detail=f"`{METHOD}`: the connection has no client certificate")
    if not hmac.compare_digest(thumbprint, certificate.thumbprint):
        return Deny(
            reason=BOUND, detail=f"`{METHOD}`: the connection has another certificate, {certificate.thumbprint}"
        )
    return None
