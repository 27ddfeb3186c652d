import asyncio
import datetime as dt
import ssl

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from yett.auditor.live.handshake import look
from yett.auditor.live.probing import where_of

SHORT = 1024
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def self_signed(key):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    built = built.not_valid_before(START).not_valid_after(START + dt.timedelta(days=365))
    return built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_a_trusted_certificate_has_days_left_and_no_trouble(careless):
    authority = trustme.CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(serving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    server = careless(tls=serving)
    seen = asyncio.run(look(where_of(server.url), trusting))
    assert "trouble" not in seen
    assert seen["days_left"] > 0
    assert (seen["key"], seen["bits"], seen["digest"]) == ("EC", 256, "sha256")
    assert seen["old"] == []


def test_an_unknown_authority_is_a_trouble(careless):
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(serving)
    seen = asyncio.run(look(where_of(careless(tls=serving).url), ssl.create_default_context()))
    assert "certificate" in seen["trouble"] or "issuer" in seen["trouble"]
    assert (seen["key"], seen["bits"]) == ("EC", 256)


def test_a_short_key_that_verifying_refuses_is_measured_all_the_same(careless, tmp_path):
    key = rsa.generate_private_key(65537, SHORT)
    shown = tmp_path / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    shown.write_bytes(secret + self_signed(key))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.set_ciphers("DEFAULT:@SECLEVEL=0")
    serving.load_cert_chain(shown)
    seen = asyncio.run(look(where_of(careless(tls=serving).url), ssl.create_default_context()))
    assert seen["trouble"]
    assert (seen["key"], seen["bits"]) == ("RSA", SHORT)
