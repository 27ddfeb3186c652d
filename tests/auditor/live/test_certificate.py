import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.live.certificate import read_certificate

SHORT = 1024
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def certificate(key, digest):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mcp.example.com")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(START)
        .not_valid_after(START + dt.timedelta(days=365))
        .sign(key, digest)
        .public_bytes(serialization.Encoding.DER)
    )


def test_a_short_rsa_key_and_its_digest_are_read():
    shown = certificate(rsa.generate_private_key(65537, SHORT), hashes.SHA256())
    assert read_certificate(shown) == {"key": "RSA", "bits": SHORT, "digest": "sha256"}


def test_a_sha1_signature_is_read():
    # No library of today signs over SHA-1: the two identifiers of the algorithm are written in by hand.
    shown = certificate(rsa.generate_private_key(65537, 2048), hashes.SHA256())
    sha256, sha1 = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
    assert shown.count(sha256) == 2
    assert read_certificate(shown.replace(sha256, sha1)) == {"key": "RSA", "bits": 2048, "digest": "sha1"}


@pytest.mark.parametrize(
    ("key", "digest", "seen"),
    [
        (ec.generate_private_key(ec.SECP256R1()), hashes.SHA256(), {"key": "EC", "bits": 256, "digest": "sha256"}),
        (ed25519.Ed25519PrivateKey.generate(), None, {}),
    ],
)
def test_keys_of_today_are_read(key, digest, seen):
    assert read_certificate(certificate(key, digest)) == seen


@given(st.binary(max_size=300))
def test_bytes_that_are_no_certificate_say_nothing(shown):
    assert read_certificate(shown) == {}


GOOD = certificate(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_damaged_certificate_breaks_nothing(place, value):
    assert set(read_certificate(GOOD[:place] + bytes([value]) + GOOD[place + 1 :])) <= {"key", "bits", "digest"}
