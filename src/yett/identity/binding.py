"""What a token is bound to (`cnf`, RFC 7800, section 3): whoever shows it must hold that, each time anew.

A bound token that is taken without what it is bound to is worth as much to a thief as to its owner.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from yett.core.verdict import Deny
from yett.identity import certificate_bound, key_bound
from yett.identity.bearer import BOUND, UNBOUND
from yett.identity.credentials import Credentials
from yett.identity.issuer import Issuer

Binding: TypeAlias = tuple[tuple[str, str], ...]
"""Methods of `cnf`, each with its value; all of them must hold. Empty for a bearer token."""

Check: TypeAlias = Callable[[str, Credentials], Deny | None]

CHECKS: Final[Mapping[str, Check]] = {
    certificate_bound.METHOD: certificate_bound.check,
    key_bound.METHOD: key_bound.check,
}
"""Every member of `cnf` that is verified. A token with any other one is refused, whatever else it has."""

_DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
"""SHA-256 in base64url, in the one form that an encoder would make of it."""


def binding_of(claims: Mapping[str, Any], issuer: Issuer) -> Binding | Deny:
    """What a token is bound to; a refusal where that cannot be verified, or is missing and its issuer must say it."""
    binding = _binding_of(claims)
    if isinstance(binding, Deny):
        return binding
    if issuer.require_binding and not binding:
        return Deny(reason=UNBOUND, detail="no `cnf`, and its issuer has `require_binding`")
    if issuer.require_dpop and key_bound.METHOD not in dict(binding):
        return Deny(reason=UNBOUND, detail=f"no `cnf` with `{key_bound.METHOD}`, and its issuer has `require_dpop`")
    return binding


def _binding_of(claims: Mapping[str, Any]) -> Binding | Deny:
    if "cnf" not in claims:
        return ()
    said = claims["cnf"]
    if type(said) is not dict or not said:
        return Deny(reason=BOUND, detail="`cnf` is not an object with members")
    if unknown := said.keys() - CHECKS.keys():
        return Deny(reason=BOUND, detail=f"`cnf` has `{min(unknown)[:32]!a}`, which is not verified here")
    for method, value in said.items():
        if type(value) is not str or _DIGEST.fullmatch(value) is None:
            return Deny(reason=BOUND, detail=f"`{method}` is no SHA-256 in base64url")
    return tuple(sorted(said.items()))


def check_binding(binding: Binding, credentials: Credentials) -> Deny | None:
    """Judge what is shown against what a verified token is bound to. To be asked on every use."""
    for method, value in binding:
        deny = CHECKS[method](value, credentials)
        if deny is not None:
            return deny
    if credentials.key and key_bound.METHOD not in dict(binding):
        # Who shows a proof believes that the token is worth nothing without it (RFC 9449, section 7.1).
        return Deny(reason=UNBOUND, detail="shown with the scheme `DPoP`, and bound to no key")
    return None
