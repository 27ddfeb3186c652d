"""An issuer of ours: keys, tokens of every kind, right and wrong, and a network that counts what is asked of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, KeyFlexible, OKPKey, RSAKey

from yett.core.ask import Answer, Ask
from yett.errors import AskError
from yett.identity.issuer import ClaimPaths, Issuer
from yett.identity.jwt_bearer import JwtBearer, Trusted
from yett.identity.key_source import KeySource
from yett.identity.verified import VerifiedTokens

NOW = 1_795_435_269.0
ISS = "https://sso.test/realms/acme"
BASE = "https://mcp.test"
OURS = f"{BASE}/demo/mcp"

# Made once: RSA keys take a while.
EC = ECKey.generate_key("P-256", {"kid": "ec"})
EC_OTHER = ECKey.generate_key("P-256", {"kid": "other"})
EC384 = ECKey.generate_key("P-384", {"kid": "ec384"})
EC521 = ECKey.generate_key("P-521", {"kid": "ec521"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
PS = RSAKey.generate_key(2048, {"kid": "ps", "alg": "PS256"})


def b64(raw: bytes | str | dict[str, Any]) -> str:
    if isinstance(raw, dict):
        raw = json.dumps(raw)
    data = raw.encode() if isinstance(raw, str) else raw
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(**changes: Any) -> dict[str, Any]:
    """Good claims; a change to `None` leaves a claim out."""
    good = {
        "iss": ISS,
        "aud": OURS,
        "sub": "alice",
        "iat": int(NOW) - 10,
        "exp": int(NOW) + 300,
        "jti": "t-1",
        "azp": "claude",
        "scope": "mcp:read mcp:write",
        "groups": ["/eng"],
        "roles": ["viewer"],
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def sign(
    payload: dict[str, Any] | str | None = None,
    *,
    key: KeyFlexible = EC,
    alg: str = "ES256",
    header: dict[str, Any] | None = None,
) -> str:
    """A token by a key; `header` adds members and, with `None`, removes them."""
    said = {"alg": alg, "kid": getattr(key, "kid", None), "typ": "at+jwt"} | (header or {})
    said = {name: value for name, value in said.items() if value is not None}
    body = payload if isinstance(payload, str) else json.dumps(claims() if payload is None else payload)
    return raw_sign(b64(said), b64(body), key, alg)


def raw_sign(head: str, body: str, key: Any, alg: str) -> str:
    """A token of two parts as they are, with a true signature over them."""
    signer = jws.JWSRegistry.algorithms[alg]
    signature = signer.sign(f"{head}.{body}".encode(), key)
    return f"{head}.{body}.{b64(signature)}"


def jwks(*keys: Any) -> bytes:
    listed = [key if isinstance(key, dict) else key.as_dict(private=False) for key in keys]
    return json.dumps({"keys": listed}).encode()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Network:
    """Answers by URL, and remembers what was asked. A page may be bytes, a status, an error, or a function."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.pages: dict[str, Any] = {}

    async def __call__(self, ask: Ask) -> Answer:
        self.asked.append(ask.url)
        page = self.pages.get(ask.url, 404)
        if callable(page):
            page = await page(ask)
        if isinstance(page, Answer):
            return page
        if isinstance(page, AskError):
            raise page
        return Answer(status=page) if isinstance(page, int) else Answer(status=200, body=page)

    def issuer(self, *keys: Any, iss: str = ISS) -> Network:
        """Serve metadata and keys."""
        self.pages[f"{iss}/.well-known/openid-configuration"] = json.dumps(
            {"issuer": iss, "jwks_uri": f"{iss}/keys"}
        ).encode()
        self.pages[f"{iss}/keys"] = jwks(*keys)
        return self


def issuer(**changes: Any) -> Issuer:
    good: dict[str, Any] = {
        "source": "keycloak",
        "names": (ISS,),
        "audiences": frozenset({BASE, f"{BASE}/"}),
        "resources": {"demo": frozenset({OURS}), "other": frozenset({f"{BASE}/other/mcp"})},
        "claims": ClaimPaths(roles=(("roles",),), groups=(("groups",),)),
    }
    return Issuer(**(good | changes))


class Kit:
    """What tests of this folder use."""

    NOW, ISS, BASE, OURS = NOW, ISS, BASE, OURS
    EC, EC_OTHER, EC384, EC521, ED, RSA, PS = EC, EC_OTHER, EC384, EC521, ED, RSA, PS
    Clock, Network = Clock, Network
    b64, claims, sign, raw_sign, jwks, issuer = map(staticmethod, (b64, claims, sign, raw_sign, jwks, issuer))

    @staticmethod
    def bearer(network: Network, *issuers: Issuer, clock: Callable[[], float] | None = None) -> JwtBearer:
        trusted = [
            Trusted(issuer=one, keys=KeySource(network, one.name, source=one.source, clock=clock or Clock()))
            for one in (issuers or (issuer(),))
        ]
        return JwtBearer(trusted, VerifiedTokens())


@pytest.fixture(scope="session")
def kit() -> type[Kit]:
    return Kit
