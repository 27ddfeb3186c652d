"""An authority of ours: client certificates of every kind, right and wrong, and lists of what it revoked."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW: Final = dt.datetime.now(dt.UTC).replace(microsecond=0)
DAY: Final = dt.timedelta(days=1)
CLIENT: Final = (ExtendedKeyUsageOID.CLIENT_AUTH,)
SPIFFE: Final = "spiffe://acme.test/agents/alice"


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Pair:
    """A certificate and its key."""

    def __init__(self, certificate: x509.Certificate, key: Any, chain: Sequence[Pair] = ()) -> None:
        self.certificate, self.key, self.chain = certificate, key, tuple(chain)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
        certificate.write_bytes(b"".join([self.pem, *(one.pem for one in self.chain)]))
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate, key


class Authority(Pair):
    """A CA. `made` by another one, it is an intermediate."""

    def __init__(self, name: str = "clients", made: Authority | None = None) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        by_name, by_key = (_name(name), key) if made is None else (made.certificate.subject, made.key)
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        builder = _builder(_name(name), by_name, key, NOW - DAY, NOW + 30 * DAY)
        certificate = builder.add_extension(constraints, critical=True).sign(by_key, hashes.SHA256())
        super().__init__(certificate, key, () if made is None else (made,))

    def issue(
        self,
        *uris: str,
        dns: Sequence[str] = (),
        common: str = "alice",
        usage: Sequence[x509.ObjectIdentifier] = CLIENT,
        begins: dt.datetime = NOW - DAY,
        ends: dt.datetime = NOW + DAY,
        key: Any = None,
    ) -> Pair:
        key = key or ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(common), self.certificate.subject, key, begins, ends)
        names = [*map(x509.UniformResourceIdentifier, uris), *map(x509.DNSName, dns)]
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        return Pair(builder.sign(self.key, hashes.SHA256()), key, (self,) if self.chain else ())

    def list(self, *revoked: Pair, ends: dt.datetime = NOW + DAY, name: str = "") -> bytes:
        builder = x509.CertificateRevocationListBuilder().issuer_name(_name(name) if name else self.certificate.subject)
        builder = builder.last_update(NOW - 2 * DAY).next_update(ends)
        for one in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(NOW - DAY).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Any, begins: dt.datetime, ends: dt.datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return builder.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)


def weak_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 1_024)  # noqa: S505 - what must be refused


def client_context(server: Path, pair: tuple[Path, Path] | None = None, version: str = "") -> ssl.SSLContext:
    """A client that trusts the `server`'s authority and shows a certificate, or none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(server)
    if pair is not None:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # a client may show what it likes
        context.load_cert_chain(*pair)
    if version:
        context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    return context
