"""A client's certificate as TLS verified it: read once per connection, and never from a header."""

from __future__ import annotations

from msgspec import Struct


class Certificate(Struct, frozen=True, kw_only=True):
    """What is known of the certificate that a client proved to hold the key of.

    `thumbprint` is the SHA-256 of its DER in base64url, as `x5t#S256` has it (RFC 8705, section 3.1). `issuer` is the
    issuer's name in DER and `serial` in hex: together they name it in a CRL. `expires` is wall time in seconds. `uris`
    and `hosts` are its subject alternative names; of its subject nothing is kept, so that nobody is known by it.
    """

    thumbprint: str
    issuer: bytes
    serial: str
    expires: float
    uris: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
