"""Certificate: the key and the signature of what an endpoint shows, also where it cannot be trusted."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.utils import CryptographyDeprecationWarning


def read_certificate(shown: bytes) -> dict[str, Any]:
    """`key` and its `bits`, and the `digest` that was signed; what cannot be read is left out, and never judged."""
    seen: dict[str, Any] = {}
    with warnings.catch_warnings():
        # A stranger's odd serial number is no reason to print a warning of the library's.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        try:
            certificate = x509.load_der_x509_certificate(shown)
        except (ValueError, x509.InvalidVersion):
            return seen
        with contextlib.suppress(ValueError, UnsupportedAlgorithm):
            seen |= _key(certificate)
        with contextlib.suppress(ValueError, UnsupportedAlgorithm):
            seen |= _digest(certificate)
    return seen


def _key(certificate: x509.Certificate) -> dict[str, Any]:
    match certificate.public_key():
        case rsa.RSAPublicKey() as key:
            return {"key": "RSA", "bits": key.key_size}
        case dsa.DSAPublicKey() as key:
            return {"key": "DSA", "bits": key.key_size}
        case ec.EllipticCurvePublicKey() as key:
            return {"key": "EC", "bits": key.key_size}
        case _:
            return {}


def _digest(certificate: x509.Certificate) -> dict[str, Any]:
    # Ed25519 and Ed448 digest on their own, and have none to name.
    digest = certificate.signature_hash_algorithm
    return {} if digest is None else {"digest": digest.name}
