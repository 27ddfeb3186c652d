from __future__ import annotations

import warnings

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from yett.identity.signature import ALGORITHMS, Unusable, canonical, public_key, verified


def jwk(key, **changes):
    found = key.as_dict(private=False) | changes
    return {name: value for name, value in found.items() if value is not None}


def test_a_key_is_for_one_algorithm(kit):
    keys = (kit.EC, kit.EC384, kit.EC521, kit.ED, kit.RSA, kit.PS)
    assert [public_key(jwk(key), "RS256")[1] for key in keys] == ["ES256", "ES384", "ES512", "EdDSA", "RS256", "PS256"]
    assert public_key(jwk(kit.RSA), "PS384")[1] == "PS384"
    assert public_key(jwk(kit.ED, alg="Ed25519"), "RS256")[1] == "EdDSA"


def _small(bits: int) -> dict:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return RSAKey.generate_key(bits).as_dict(private=False)


def test_what_is_weak_wrong_or_not_for_this_is_left_out(kit):
    ec, rsa = jwk(kit.EC), jwk(kit.RSA)
    off = ec["x"][:-2] + ("AA" if ec["x"][-2:] != "AA" else "BB")
    refused = {
        "its private part is published": kit.EC.as_dict(private=True),
        "its kind": {"kty": "oct"},
        "it has 1024 bits": _small(1024),
        "it has 16384 bits": rsa | {"n": kit.b64(b"\xff" * 2048)},
        "its exponent": rsa | {"e": "AQ"},
        "its exponent is not an odd number": rsa | {"e": "Aw"},
        "it is not for signatures": ec | {"use": "enc"},
        "it is not for verifying": ec | {"key_ops": ["sign"]},
        "it is no key: ValueError": ec | {"x": off},
        "its `alg` is none": ec | {"alg": "ES384"},
        "its `alg`": rsa | {"alg": "HS256"},
        "its curve": jwk(OKPKey.generate_key("X25519")),
        "its curve is none": jwk(ECKey.generate_key("secp256k1")),
        "a parameter is not text": ec | {"x": 1},
        "a parameter is not base64url": rsa | {"n": "\u20ac"},
        "it is no key": {"kty": "EC"},
    }
    for why, entry in refused.items():
        with pytest.raises(Unusable) as caught:
            public_key(entry, "RS256")
        assert str(caught.value).startswith(why)


def test_only_signatures_by_public_keys_are_known():
    assert [canonical(name) for name in ("Ed25519", "EdDSA", "ES256")] == ["EdDSA", "EdDSA", "ES256"]
    assert {canonical(name) for name in ("none", "HS256", "ES256K", "", None, 1, ["ES256"])} == {""}
    assert not any(name.startswith("HS") or name == "none" for name in ALGORITHMS)


def test_a_key_is_never_used_with_an_algorithm_of_another_kind(kit):
    signed, signature = kit.sign().encode().rpartition(b".")[::2]
    assert not verified(signed, b"", kit.EC, "none")
    assert not verified(signed, signature, kit.RSA, "ES256")
    assert not verified(signed, signature, kit.EC384, "ES256")
