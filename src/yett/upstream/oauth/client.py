"""How the gateway proves to an authorization server who it is: a client secret, a signed assertion, or nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import msgspec

from yett.errors import SecretError, UpstreamUnavailable
from yett.secrets.secret import Secret

_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS: Final = 60
_CURVES: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}

Proof = tuple[tuple[tuple[str, str], ...], dict[str, str]]
"""Headers, and members of the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client that an authorization server knows. `secret` and `key` exclude each other; without both it is public.

    `method` is the one that was agreed at registration, where one was.
    """

    id: str
    secret: Secret | None = None
    key: Secret | None = None
    """A private key, EC or RSA, in PEM or as a JWK."""
    key_id: str = ""
    method: str = ""

    def prove(self, issuer: str, supported: Sequence[str], *, now: float, random: Callable[[], str]) -> Proof:
        """What goes with a token request. Raises `UpstreamUnavailable`; its words hold neither secret nor key."""
        try:
            if self.key is not None:
                assertion = _assertion(self, issuer, int(now), random())
                return (), {"client_id": self.id, "client_assertion_type": _ASSERTION, "client_assertion": assertion}
            if self.secret is None:
                return (), {"client_id": self.id}
            method = self.method or _chosen(supported)
            if method == "client_secret_post":
                return (), {"client_id": self.id, "client_secret": self.secret.reveal()}
            if method != "client_secret_basic":
                raise UpstreamUnavailable(f"`{issuer}` wants clients to prove themselves by `{method}`")
            # RFC 6749, 2.3.1: both are form-encoded first.
            pair = f"{quote(self.id, safe='')}:{quote(self.secret.reveal(), safe='')}"
            return (("authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"),), {}
        except SecretError as error:
            raise UpstreamUnavailable(str(error)) from None


def _chosen(supported: Sequence[str]) -> str:
    known = [method for method in ("client_secret_basic", "client_secret_post") if method in supported]
    return known[0] if known else "client_secret_basic"


def _assertion(client: Client, issuer: str, now: int, jti: str) -> str:
    """A JWT as of RFC 7523, 3, for the issuer: an audience that no other server shares."""
    from joserfc import jwt
    from joserfc.errors import JoseError

    text = client.key.reveal() if client.key is not None else ""
    try:
        key = _key(text)
        algorithm = _CURVES[key.curve_name] if key.key_type == "EC" else "RS256"
        header = {"alg": algorithm, "typ": "JWT"} | ({"kid": client.key_id} if client.key_id else {})
        claims = {"iss": client.id, "sub": client.id, "aud": issuer, "jti": jti, "iat": now}
        return jwt.encode(header, claims | {"exp": now + _ASSERTION_SECONDS}, key, algorithms=[algorithm])
    except (JoseError, ValueError, KeyError, TypeError):
        raise UpstreamUnavailable("the private key of the gateway's OAuth client cannot be used") from None


def _key(text: str) -> Any:
    """A private key (EC or RSA) in PEM, or as a JWK. Raises `ValueError` and what joserfc raises."""
    from joserfc import jwk
    from joserfc.errors import JoseError

    if text.lstrip().startswith("{"):
        found = msgspec.json.decode(text)
        if found["kty"] == "EC":
            return jwk.ECKey.import_key(found)
        return jwk.RSAKey.import_key(found)  # which refuses every other kind
    for kind in (jwk.ECKey, jwk.RSAKey):
        try:
            return kind.import_key(text)
        except (JoseError, ValueError, TypeError, AttributeError):
            continue
    raise ValueError("no private key in it")
