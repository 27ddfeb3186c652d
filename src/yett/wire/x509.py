"""Reads certificates and revocation lists: the only place of the wire that looks into them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from yett.core.certificate import Certificate
from yett.errors import ConfigError

NAMES: Final = 16
"""Subject alternative names of one kind in one certificate; workloads have one, and nobody is known by the others."""

NAME_LENGTH: Final = 256
"""Characters: as long as the name of a principal may be."""

_NAME: Final = re.compile(r"[!-~]{1,256}")
_UNREADABLE: Final = (
    *(ValueError, TypeError, OverflowError, UnsupportedAlgorithm),
    *(x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
    Warning,
)
"""All that the library says of what is no certificate; of odd ones it warns, which raises under `-W error` alone."""

_BYTES: Final = 16 * 1_048_576
"""Of one file: lists of public authorities have some megabytes."""
_BEGIN: Final = "-----BEGIN X509 CRL-----"
_END: Final = "-----END X509 CRL-----"


def client_certificate(der: bytes) -> Certificate | None:
    """What TLS verified, as a value; `None` for what cannot be read without doubt.

    A name with anything but printable ASCII in it (a NUL, a line's end) makes the whole certificate unreadable.
    """
    try:
        read = x509.load_der_x509_certificate(der)
        names = _names(read)
        issuer, serial = read.issuer.public_bytes(), f"{read.serial_number:x}"
        expires = read.not_valid_after_utc.timestamp()
    except _UNREADABLE:
        return None
    if names is None:
        return None
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode("ascii")
    return Certificate(
        thumbprint=thumbprint, issuer=issuer, serial=serial, expires=expires, uris=names[0], hosts=names[1]
    )


def _names(read: x509.Certificate) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    try:
        said = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return (), ()
    uris = tuple(said.get_values_for_type(x509.UniformResourceIdentifier))
    hosts = tuple(said.get_values_for_type(x509.DNSName))
    if len(uris) > NAMES or len(hosts) > NAMES or not all(_NAME.fullmatch(name) for name in (*uris, *hosts)):
        return None
    return uris, hosts


def authorities(path: Path) -> tuple[x509.Certificate, ...]:
    """The CA certificates of a bundle in PEM. Raises `ConfigError`."""
    try:
        found = tuple(x509.load_pem_x509_certificates(_content(path)))
    except _UNREADABLE as error:
        raise ConfigError(f"cannot use `{path}`: it holds no CA certificates in PEM") from error
    for one in found:
        if not _is_authority(one):
            raise ConfigError(f"cannot use `{path}`: `{one.subject.rfc4514_string()}` in it is no CA certificate")
    return found


def _is_authority(one: x509.Certificate) -> bool:
    try:
        return one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, *_UNREADABLE):
        return False


def revocation_lists(path: Path) -> tuple[x509.CertificateRevocationList, ...]:
    """The revocation lists of a file in PEM, one after the other. Raises `ConfigError`."""
    text = _content(path).decode("ascii", "replace")
    parts = [part.partition(_END)[0] for part in text.split(_BEGIN)[1:]]
    try:
        found = tuple([x509.load_pem_x509_crl(f"{_BEGIN}{part}{_END}\n".encode("ascii", "replace")) for part in parts])
    except _UNREADABLE as error:
        raise ConfigError(f"cannot use `{path}`: it is no revocation list in PEM") from error
    if not found:
        raise ConfigError(
            f"cannot use `{path}`: no revocation list in PEM in it: `openssl crl -inform DER -in LIST -out {path}`"
        )
    return found


def is_by(revocations: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    """Whether a list is this authority's own, by name and signature."""
    if revocations.issuer != authority.subject:
        return False
    try:
        return revocations.is_signature_valid(authority.public_key())  # type: ignore[arg-type]  # others raise
    except (TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False


def revoked(lists: Sequence[x509.CertificateRevocationList]) -> frozenset[tuple[bytes, str]]:
    """Issuer (its name in DER) and serial of everything that the lists revoke."""
    return frozenset((one.issuer.public_bytes(), f"{entry.serial_number:x}") for one in lists for entry in one)


def digest(*certificates: x509.Certificate | x509.CertificateRevocationList) -> str:
    """One text for all of them, whatever their order."""
    parts = sorted(hashlib.sha256(one.public_bytes(Encoding.DER)).hexdigest() for one in certificates)
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot read `{path}`: {(error.strerror or 'unreadable').lower()}") from error
    if len(content) > _BYTES:
        raise ConfigError(f"cannot use `{path}`: it is larger than 16 MiB")
    return content
