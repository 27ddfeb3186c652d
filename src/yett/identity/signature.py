"""Public keys and signatures: the one file that imports joserfc (signatures) and, through it, cryptography."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final, TypeAlias

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

PublicKey: TypeAlias = ECKey | OKPKey | RSAKey

ALGORITHMS: Final = ("ES256", "ES384", "ES512", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
"""Signatures with a public key. None at all and HMAC are no signatures of an issuer, and are not in the list."""

# By its new name, for by its old one the library warns.
_MODELS: Final = {name: JWSRegistry.algorithms["Ed25519" if name == "EdDSA" else name] for name in ALGORITHMS}

_SMALLEST_RSA: Final = 2048
_LARGEST_RSA: Final = 8192
"""Beyond that, verifying costs milliseconds for whoever asks."""

_SMALLEST_EXPONENT: Final = 65537
_LARGEST_EXPONENT_BITS: Final = 64

_OF_CURVE: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
_RSA: Final = tuple(name for name in ALGORITHMS if name[:2] in {"RS", "PS"})
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_PUBLIC: Final = ("kty", "crv", "x", "y", "n", "e")


class Unusable(ValueError):
    """A key that must not be used; the message says why."""


def public_key(jwk: dict[str, Any], rsa_default: str) -> tuple[PublicKey, str]:
    """A key of a JWK set, and the one algorithm that it may be used with. Raises `Unusable`.

    An RSA key that does not say its algorithm is used with `rsa_default`, and with no other.
    """
    if _PRIVATE & jwk.keys():
        raise Unusable("its private part is published: replace it at the issuer, now")
    _check_purpose(jwk)
    public: dict[str, Any] = {name: jwk[name] for name in _PUBLIC if name in jwk}
    if not all(type(value) is str for value in public.values()):
        raise Unusable("a parameter is not text")
    if public.get("kty") == "RSA":
        _check_size(public)
    try:
        key = _imported(public)
    except Unusable:
        raise
    except (JoseError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise Unusable(f"it is no key: {type(error).__name__}") from error
    possible = _possible(public, key)
    named = jwk.get("alg", rsa_default if public["kty"] == "RSA" else possible[0])
    named = canonical(named)
    if named not in possible:
        raise Unusable("its `alg` is none that such a key is used with here")
    return key, named


def canonical(algorithm: object) -> str:
    """The one name of an algorithm that is used here (RFC 9864 has another for `EdDSA`); empty for all others."""
    name = "EdDSA" if algorithm == "Ed25519" else algorithm
    return name if type(name) is str and name in ALGORITHMS else ""


def thumbprint(key: PublicKey) -> str:
    """SHA-256 of a public key in its one form, in base64url (RFC 7638)."""
    return key.thumbprint()


def verified(signed: bytes, signature: bytes, key: PublicKey, algorithm: str) -> bool:
    """Whether `signature` over these bytes is by `key`, with exactly this algorithm; never what a token asks for."""
    model = _MODELS.get(algorithm)
    if model is None:
        return False
    try:
        model.check_key(key)
        return model.verify(signed, signature, key)
    except (JoseError, ValueError, TypeError):
        return False


def _check_purpose(jwk: dict[str, Any]) -> None:
    if jwk.get("use", "sig") != "sig":
        raise Unusable("it is not for signatures (`use`)")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise Unusable("it is not for verifying (`key_ops`)")


def _check_size(public: dict[str, Any]) -> None:
    """Before the key is made: a large one costs, and of a small one the library warns on standard error."""
    modulus, exponent = (_number(public.get(name, "")) for name in ("n", "e"))
    bits = modulus.bit_length()
    if not _SMALLEST_RSA <= bits <= _LARGEST_RSA:
        raise Unusable(f"it has {bits} bits; {_SMALLEST_RSA} to {_LARGEST_RSA} are used")
    if exponent < _SMALLEST_EXPONENT or not exponent % 2 or exponent.bit_length() > _LARGEST_EXPONENT_BITS:
        raise Unusable(f"its exponent is not an odd number from {_SMALLEST_EXPONENT} on, of 64 bits at most")


def _number(text: str) -> int:
    try:
        return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
    except (binascii.Error, ValueError):
        raise Unusable("a parameter is not base64url") from None


def _imported(public: dict[str, Any]) -> PublicKey:
    match public.get("kty"):
        case "EC":
            key: PublicKey = ECKey.import_key(public)
        case "OKP":
            key = OKPKey.import_key(public)
        case "RSA":
            key = RSAKey.import_key(public)
        case _:
            raise Unusable("its kind (`kty`) is none of `EC`, `OKP` and `RSA`")
    key.public_key  # noqa: B018 - builds it: a point off its curve shows now
    return key


def _possible(public: dict[str, Any], key: PublicKey) -> tuple[str, ...]:
    if isinstance(key, RSAKey):
        return _RSA
    curve = str(public.get("crv"))
    if isinstance(key, ECKey) and curve in _OF_CURVE:
        return (_OF_CURVE[curve],)
    if isinstance(key, OKPKey) and curve == "Ed25519":
        return ("EdDSA",)
    raise Unusable("its curve is none of P-256, P-384, P-521 and Ed25519")
