"""TLS contexts: Mozilla's intermediate profile without DHE, HTTP/1.1 only, certificates renewed while running."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

from yett.errors import ConfigError
from yett.wire.client_trust import ClientContext, Clients, ClientTrust, ask_for

# Mozilla's intermediate profile (version 5.7) without its DHE suites. SECLEVEL 2 also refuses SHA-1 and short keys.
_CIPHERS: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:@SECLEVEL=2"
)

# The standard library cannot answer a foreign ALPN offer with `no_application_protocol`: it goes on without ALPN. So
# that such a client is recognised (and left, see `wire.connection`), the other registered protocols are listed behind
# ours; a client that offers http/1.1 never gets one of them. IANA registry of ALPN protocol ids, ALPACA attack.
_FOREIGN: Final = (
    *("h2", "h2c", "http/1.0", "http/0.9", "spdy/1", "spdy/2", "spdy/3", "h3", "ftp", "imap", "pop3", "managesieve"),
    *("smtp", "xmpp-client", "xmpp-server", "irc", "nntp", "nnsp", "mqtt", "coap", "co", "dot", "doq", "ntske/1"),
    *("sunrpc", "smb", "sip/2", "tds/8.0", "dicom", "postgresql", "mysql", "radius/1.0", "radius/1.1", "webrtc"),
    *("c-webrtc", "stun.turn", "stun.nat-discovery", "acme-tls/1"),
)

_Signature: TypeAlias = tuple[tuple[int, int, int], ...]


def server_context(certificate: Path, key: Path) -> ClientContext:
    """A context for listening. Raises `ConfigError` when the files are not a certificate chain and its key."""
    context = ClientContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context)
    context.set_alpn_protocols(["http/1.1", *_FOREIGN])
    try:
        # An empty password: without one, OpenSSL would ask for it on the terminal.
        context.load_cert_chain(certificate, key, password="")
    except OSError as error:
        raise ConfigError(f"cannot use certificate `{certificate}` with key `{key}`: {_words(error)}") from error
    return context


def client_context(ca_file: Path | None = None, *, unsafe_skip_verification: bool = False) -> ssl.SSLContext:
    """A context for connecting. The server is verified against the system's roots, or `ca_file` instead of them.

    `unsafe_skip_verification` talks to whoever answers. Raises `ConfigError` when `ca_file` cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context)
    context.set_alpn_protocols(["http/1.1"])
    if unsafe_skip_verification:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_file is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    else:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            raise ConfigError(f"cannot use CA file `{ca_file}`: {_words(error)}") from error
    return context


class ReloadingTls:
    """A server context that follows its files.

    Every new connection asks for the `current()` context; established ones keep theirs. The files are looked at no
    more than once in `every` seconds. What cannot be used (a mismatch, half a file, an expired certificate) is left
    alone: `problem` says why, `report` is told once, and the old certificate stays.
    """

    def __init__(
        self,
        certificate: Path,
        key: Path,
        *,
        clients: Clients | None = None,
        report: Callable[[str], None] = lambda _problem: None,
        every: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.problem = ""
        self.reloads = 0
        self._certificate = certificate
        self._key = key
        self._clients = clients
        self._report = report
        self._every = every
        self._clock = clock
        self._looked_at = clock()
        self._signature = self._look()
        self._context, self.expires_at, self.names = _rehearsed(certificate, key, clients)

    @property
    def trust(self) -> ClientTrust | None:
        """Whose client certificates hold now; `None` where none are asked for."""
        return self.current().trust

    def current(self) -> ClientContext:
        """The context for a new connection."""
        now = self._clock()
        if now - self._looked_at >= self._every:
            self._looked_at = now
            if self._look() != self._signature:
                self.reload()
        return self._context

    def reload(self) -> bool:
        """Read the files again, now. False: they cannot be used, and the old certificate stays."""
        # Before reading: files that change meanwhile look changed the next time.
        self._signature = self._look()
        try:
            self._context, self.expires_at, self.names = _rehearsed(self._certificate, self._key, self._clients)
        except ConfigError as error:
            self.problem = str(error)
            self._report(self.problem)
            return False
        self.problem = ""
        self.reloads += 1
        return True

    def _look(self) -> _Signature:
        asked = () if self._clients is None else self._clients.files
        return tuple(_state(path) for path in (self._certificate, self._key, *asked))


def _state(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def _harden(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION


def _rehearsed(certificate: Path, key: Path, clients: Clients | None) -> tuple[ClientContext, float, tuple[str, ...]]:
    """A context that has proved itself in a handshake with ourselves, when its certificate expires, and its names.

    The client of the rehearsal trusts the certificate itself, so that exactly the dates, the purpose and the key are
    put to the test.
    """
    context = server_context(certificate, key)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        trusting.load_verify_locations(cadata=_leaf(certificate))
        shown = _rehearse(context, trusting)
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot use certificate `{certificate}`: {_words(error)}") from error
    if clients is not None:
        ask_for(context, clients)
    return context, ssl.cert_time_to_seconds(str(shown["notAfter"])), _names(shown)


def _leaf(certificate: Path) -> bytes:
    end = "-----END CERTIFICATE-----"
    text = certificate.read_text(encoding="ascii", errors="replace")
    beginning = text.index("-----BEGIN CERTIFICATE-----")
    return ssl.PEM_cert_to_DER_cert(text[beginning : text.index(end, beginning) + len(end)])


def _rehearse(serving: ssl.SSLContext, trusting: ssl.SSLContext) -> dict[str, Any]:
    upward, downward = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(downward, upward)
    server = serving.wrap_bio(upward, downward, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return dict(client.getpeercert() or {})


def _names(shown: dict[str, Any]) -> tuple[str, ...]:
    """The hosts that a certificate is for; the common name has not counted since RFC 6125."""
    return tuple(value for kind, value in shown.get("subjectAltName", ()) if kind in {"DNS", "IP Address"})


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no PEM in it").lower().replace("_", " ")
    return (error.strerror or "unreadable").lower() if isinstance(error, OSError) else "no PEM in it"
