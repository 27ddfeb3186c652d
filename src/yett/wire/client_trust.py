"""Whose client certificates a listener takes: the authorities, what they revoked, and what becomes of open connections.

OpenSSL judges every handshake (chain, dates, purpose, key size, revocation). What is here judges the files before they
are used, and connections that were made under what held before.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yett.core.certificate import Certificate
from yett.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as Authority
    from cryptography.x509 import CertificateRevocationList


@dataclass(frozen=True, kw_only=True)
class Clients:
    """The files: certificates of authorities, and their lists. Without `required`, a client may have no certificate."""

    authorities: Path
    lists: tuple[Path, ...] = ()
    required: bool = True

    @property
    def files(self) -> tuple[Path, ...]:
        """All that must be looked at for changes."""
        return (self.authorities, *self.lists)


@dataclass(frozen=True, kw_only=True)
class ClientTrust:
    """What the files said when they were read. `until` and `expires` are wall times in seconds.

    `own` are the authorities themselves as lists would name them, `subjects` their names in DER.
    """

    authorities: str
    lists: str
    subjects: frozenset[bytes]
    own: frozenset[tuple[bytes, str]]
    revoked: frozenset[tuple[bytes, str]]
    expires: float
    until: float

    def outlived(self, certificate: Certificate, then: ClientTrust, now: float) -> str:
        """Why a connection may not go on that was made with this certificate under what held `then`, or nothing."""
        if now >= certificate.expires:
            return "the client certificate has expired"
        if now >= self.until:
            return "the revocation list is out of date"
        if (certificate.issuer, certificate.serial) in self.revoked or self.own & self.revoked:
            return "the client certificate was revoked"
        if then.authorities != self.authorities:
            return "the client authorities have changed"
        if then.lists != self.lists and certificate.issuer not in self.subjects:
            # It came through an intermediate that only the client knows, and that may be what was revoked.
            return "the revocation lists have changed"
        return ""


class ClientContext(ssl.SSLContext):
    """A listener's context that knows whom it trusts; `trust` is set where client certificates are asked for."""

    trust: ClientTrust | None = None


def trust_of(clients: Clients, now: float) -> ClientTrust:
    """Read the files. Raises `ConfigError` for what would let nobody in, or not be looked at."""
    from yett.wire import x509

    bundle = x509.authorities(clients.authorities)
    expires = min(one.not_valid_after_utc.timestamp() for one in bundle)
    if all(now >= one.not_valid_after_utc.timestamp() for one in bundle):
        raise ConfigError(f"cannot use `{clients.authorities}`: every CA certificate in it has expired")
    found = {path: x509.revocation_lists(path) for path in clients.lists}
    for path, lists in found.items():
        for one in lists:
            _check_list(path, one, bundle, now)
    every = [one for some in found.values() for one in some]
    if every:
        _check_complete(clients, bundle, every)
    return ClientTrust(
        authorities=x509.digest(*bundle),
        lists=x509.digest(*every),
        subjects=frozenset(one.subject.public_bytes() for one in bundle),
        own=frozenset((one.issuer.public_bytes(), f"{one.serial_number:x}") for one in bundle),
        revoked=x509.revoked(every),
        expires=expires,
        until=min((_until(one) for one in every), default=float("inf")),
    )


def ask_for(context: ClientContext, clients: Clients, now: float | None = None) -> None:
    """Have a context ask clients for certificates. Raises `ConfigError` when the files cannot be used."""
    trust = trust_of(clients, time.time() if now is None else now)
    try:
        for path in clients.files:
            context.load_verify_locations(path)
    except OSError as error:
        raise ConfigError(f"cannot use `{clients.authorities}` for client certificates") from error
    context.verify_mode = ssl.CERT_REQUIRED if clients.required else ssl.CERT_OPTIONAL
    if clients.lists:
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    # A resumed session brings the certificate that was verified once; without tickets none outlives its context,
    # and with every change of the files there is a new context.
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    context.trust = trust


def _check_list(path: Path, one: CertificateRevocationList, bundle: Iterable[Authority], now: float) -> None:
    from yett.wire import x509

    if not any(x509.is_by(one, authority) for authority in bundle):
        name = one.issuer.rfc4514_string()
        raise ConfigError(f"cannot use `{path}`: its list is by `{name}`, which is not among the client authorities")
    if now >= _until(one):
        raise ConfigError(f"cannot use `{path}`: its list is out of date: have the authority make a new one")


def _check_complete(clients: Clients, bundle: Iterable[Authority], lists: Iterable[CertificateRevocationList]) -> None:
    known = {one.issuer.public_bytes() for one in lists}
    for authority in bundle:
        if authority.subject.public_bytes() not in known:
            name = authority.subject.rfc4514_string()
            raise ConfigError(
                f"no revocation list of `{name}` in `{clients.authorities}`: nobody with its certificates could "
                "connect: add its list, or take it out of the bundle"
            )


def _until(one: CertificateRevocationList) -> float:
    """When a list is out of date. One that does not say it never is (RFC 5280 demands that it does)."""
    said = one.next_update_utc
    return float("inf") if said is None else said.timestamp()
