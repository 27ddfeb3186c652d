"""The `Authorization` header: exactly one bearer token (RFC 6750, section 2.1), or nothing, or a refusal."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny

PUBLIC: Final = "a valid bearer token is needed"
"""All that a caller learns from any failure: which check failed is for the ledger."""

TOKEN_MISSING = Reason(code="token.missing", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
TOKEN_MALFORMED = Reason(code="token.malformed", kind=Kind.CREDENTIAL_MALFORMED, public=PUBLIC)
BOUND = Reason(code="jwt.bound", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
UNBOUND = Reason(code="jwt.unbound", kind=Kind.UNAUTHENTICATED, public=PUBLIC)

MAX_BYTES: Final = 8 * 1024
"""Of the whole value: the largest access tokens in use (with group claims) have some 4 KiB."""

_HANDLE: Final = 16
"""Hex digits."""

_DPOP: Final = re.compile(rb"[Dd][Pp][Oo][Pp] ([A-Za-z0-9._~+/-]+=*)")
_BEARER: Final = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9._~+/-]+=*)")
_SCHEME: Final = re.compile(rb"([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?: .*)?", re.DOTALL)


def credential(values: Sequence[bytes]) -> str | Deny | None:
    """The token in the values of all `Authorization` headers of a request; `None` where there is no header."""
    if not values:
        return None
    if len(values) > 1:
        return Deny(reason=TOKEN_MALFORMED, detail=f"{len(values)} authorization headers")
    value = values[0]
    if len(value) > MAX_BYTES:
        return Deny(reason=TOKEN_MALFORMED, detail=f"{len(value)} bytes of authorization header")
    match = _BEARER.fullmatch(value)
    if match is not None:
        return match[1].decode("ascii")
    scheme = _SCHEME.fullmatch(value)
    if scheme is not None and scheme[1].lower() != b"bearer" and b"," not in value:
        return Deny(reason=TOKEN_MISSING, detail="a scheme other than `Bearer`")
    return Deny(reason=TOKEN_MALFORMED, detail="not `Bearer`, one space and one token")


def bound_credential(values: Sequence[bytes]) -> str | None:
    """The token of the one `Authorization: DPoP` header (RFC 9449, section 7.1); `None` for everything else."""
    if len(values) != 1 or len(values[0]) > MAX_BYTES:
        return None
    match = _DPOP.fullmatch(values[0])
    return None if match is None else match[1].decode("ascii")


def handle_of(token: str) -> str:
    """What names a token that has no name of its own, in the ledger and for revocation: part of its digest."""
    return f"sha256:{hashlib.sha256(token.encode('ascii')).hexdigest()[:_HANDLE]}"
