"""T: what happens before HTTP. These rows need a castle with TLS; they bring their own where it has none."""

from __future__ import annotations

import datetime
import socket
import ssl
import struct
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from siege.campaign import Campaign
from siege.cases import act, case, proof
from siege.castle import CONFIG, Castle
from siege.knock import connected, context, fresh_address, knock
from siege.speech import call, written

TLS = "tests/wire/test_tls.py::"
ECHO = call("echo", {"text": "x"})
Story = Callable[[Campaign], list[str]]


def over_tls(story: Story) -> Story:
    """Give a story a castle with TLS, if it has none."""

    def told(campaign: Campaign) -> list[str]:
        if campaign.castle.tls:
            return story(campaign)
        with Castle(campaign.castle.folder / f"tls-{story.__name__}", tls=True) as castle:
            return story(Campaign(castle))

    return told


def handshake(castle: Castle, asking: ssl.SSLContext, name: str | None = "127.0.0.1") -> str:
    """The version that is agreed on, or the error's name."""
    line = connected(castle.port, fresh_address(), None)
    try:
        with asking.wrap_socket(line, server_hostname=name) as wrapped:
            return wrapped.version() or "none"
    except OSError as error:
        return type(error).__name__
    finally:
        line.close()


def old(version: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> ssl.SSLContext:
    """A client that speaks nothing newer."""
    asking = context()
    asking.set_ciphers(ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        asking.minimum_version = min(version, ssl.TLSVersion.TLSv1_2)
        asking.maximum_version = version
    return asking


@over_tls
def old_versions(campaign: Campaign) -> list[str]:
    """TLS 1.0 and 1.1 are refused; 1.2 and 1.3 are not."""
    castle = campaign.castle
    problems = []
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        if not handshake(castle, old(version)).endswith("Error"):
            problems.append(f"{version.name} is spoken")
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        if handshake(castle, old(version, "DEFAULT")).endswith("Error"):
            problems.append(f"{version.name} is not spoken")
    return problems


@over_tls
def weak_suites(campaign: Campaign) -> list[str]:
    """Of everything that this OpenSSL has for TLS 1.2, forward-secret AEAD suites are agreed on and no others."""
    problems = []
    for cipher in sorted({str(one["name"]) for one in old(ssl.TLSVersion.TLSv1_2).get_ciphers()}):
        if cipher.startswith("TLS_"):
            continue
        agreed = handshake(campaign.castle, old(ssl.TLSVersion.TLSv1_2, f"{cipher}:@SECLEVEL=0"))
        good = cipher.startswith("ECDHE-") and ("GCM" in cipher or "CHACHA20" in cipher) and "CCM" not in cipher
        if not agreed.endswith("Error") and not good:
            problems.append(f"{cipher} is agreed on")
    return problems


@over_tls
def handshake_flood(campaign: Campaign) -> list[str]:
    """Half-open and slow handshakes end in time, and good callers are served meanwhile."""
    castle = campaign.castle
    lines = [connected(castle.port, fresh_address(), None) for _ in range(120)]
    hello = client_hello()
    for number, line in enumerate(lines):
        with suppress(OSError):
            line.sendall(hello[: (0, 5, 50, len(hello))[number % 4]])
    started = time.monotonic()
    problems = []
    waits = []
    for _ in range(10):
        begun = time.monotonic()
        if campaign.say(ECHO).status != 200:
            problems.append("a good caller was not served")
        waits.append(time.monotonic() - begun)
    if max(waits) > 2.0:
        problems.append(f"a good caller waited {max(waits):.1f} s")
    left = 0
    for line in lines:
        line.settimeout(max(0.05, 9.0 - (time.monotonic() - started)))
        try:
            while line.recv(65536):
                pass
        except TimeoutError:
            left += 1
        except OSError:
            pass
        line.close()
    return [*problems, f"{left} handshakes never end"] if left else problems


def client_hello() -> bytes:
    """The first bytes of a real handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = context().wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with suppress(ssl.SSLWantReadError):
        asking.do_handshake()
    return outgoing.read()


@over_tls
def strange_names(campaign: Campaign) -> list[str]:
    """Whatever name a client asks for in TLS, the Host of the request decides."""
    castle = campaign.castle
    problems = []
    for name in (None, "evil.example", "LOCALHOST", "localhost", "a" * 63 + ".example"):
        asking = context()
        line = connected(castle.port, fresh_address(), None)
        with asking.wrap_socket(line, server_hostname=name) as wrapped:
            for host, wanted in ((castle.authority, b"200"), ("evil.example", b"421")):
                request = written(ECHO, campaign.door("alice", _lane())).replace(b"connection: close\r\n", b"")
                wrapped.sendall(request.replace(castle.authority.encode(), host.encode()))
                answer = wrapped.recv(65536)
                if answer[9:12] != wanted:
                    problems.append(f"SNI {name}, Host {host}: {answer[:20]!r}")
    return problems


def _lane() -> object:
    from siege.campaign import Lane

    return Lane()


@over_tls
def renegotiation(campaign: Campaign) -> list[str]:
    """A client cannot renegotiate, and nothing is compressed; early data is not taken."""
    line = connected(campaign.castle.port, fresh_address(), None)
    asking = old(ssl.TLSVersion.TLSv1_2, "DEFAULT")
    with asking.wrap_socket(line, server_hostname="127.0.0.1") as wrapped:
        problems = ["compression"] if wrapped.compression() else []
    import subprocess

    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{campaign.castle.port}", "-tls1_2"]
    talk = subprocess.run(command, input=b"R\n" * 3, capture_output=True, timeout=20, check=False)
    said = talk.stdout + talk.stderr
    if b"RENEGOTIATING" not in said:
        return [*problems, f"openssl did not try: {said[-200:]!r}"]
    refused = b"no renegotiation" in said or b"alert" in said or b"ssl handshake failure" in said
    return problems if refused else [*problems, f"renegotiated: {said[-200:]!r}"]


@over_tls
def truncated(campaign: Campaign) -> list[str]:
    """A request that is cut off by a FIN without close_notify is no request."""
    castle = campaign.castle
    before = castle.effect_count()
    request = written(ECHO, campaign.door("alice", _lane()))
    line = connected(castle.port, fresh_address(), None)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tunnel = context().wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    while True:
        try:
            tunnel.do_handshake()
            break
        except ssl.SSLWantReadError:
            line.sendall(outgoing.read())
            incoming.write(line.recv(65536))
    tunnel.write(request[:-10])
    line.sendall(outgoing.read())
    line.shutdown(socket.SHUT_WR)
    time.sleep(0.3)
    line.close()
    return ["a cut request was executed"] if castle.effect_count() != before else []


@over_tls
def records_by_the_byte(campaign: Campaign) -> list[str]:
    """Records of one byte, empty records, a flood of alerts: bounded work, and others are served."""
    castle = campaign.castle
    request = written(ECHO, campaign.door("alice", _lane()))
    line = connected(castle.port, fresh_address(), campaign.tls)
    for number in range(len(request)):
        line.sendall(request[number : number + 1])
    raw = b""
    line.settimeout(10.0)
    with suppress(OSError):
        while more := line.recv(65536):
            raw += more
    line.close()
    problems = [] if raw.startswith(b"HTTP/1.1 200") else [f"one byte a record: {raw[:40]!r}"]
    for what, record in (
        ("empty handshake records", b"\x16\x03\x01\x00\x00"),
        ("change cipher specs", b"\x14\x03\x03\x00\x01\x01"),
        ("warning alerts", b"\x15\x03\x03\x00\x02\x01\x5a"),
    ):
        line = connected(castle.port, fresh_address(), None)
        started = time.monotonic()
        with suppress(OSError):
            line.sendall(client_hello())
            for _ in range(2_000):
                line.sendall(record * 20)
                if time.monotonic() - started > 6.0:
                    break
        line.settimeout(7.0)
        try:
            while line.recv(65536):
                pass
        except TimeoutError:
            problems.append(f"{what}: still open")
        except OSError:
            pass
        line.close()
        if campaign.say(ECHO).status != 200:
            problems.append(f"{what}: others are not served")
    return problems


@over_tls
def plain_on_tls(campaign: Campaign) -> list[str]:
    """Plain HTTP on the TLS port is closed without a word of HTTP; TLS on the plain port is refused."""
    castle = campaign.castle
    problems = []
    for sent in (
        written(ECHO, campaign.door("alice", _lane())),
        b"\x00" * 100,
        b"SSH-2.0-x\r\n",
        b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + b"\x00" * 40,
    ):
        heard = knock(castle.port, [sent], address=fresh_address(), seconds=8.0)
        if heard.hung or heard.answers and heard.first.status > 0:
            problems.append(f"{sent[:10]!r}: {heard.raw[:60]!r}")
        if b"yett" in heard.raw.lower() or b"Traceback" in castle.log():
            problems.append(f"{sent[:10]!r}: says too much")
    return problems


@over_tls
def foreign_protocols(campaign: Campaign) -> list[str]:
    """A client that offers another protocol only (ALPACA) gets no HTTP."""
    castle = campaign.castle
    problems = []
    for offered in (["h2"], ["ftp"], ["smtp", "imap"], ["http/0.9"], ["none-such"]):
        asking = context()
        asking.set_alpn_protocols(offered)
        line = connected(castle.port, fresh_address(), None)
        raw = b""
        try:
            with asking.wrap_socket(line, server_hostname="127.0.0.1") as wrapped:
                selected = wrapped.selected_alpn_protocol()
                wrapped.sendall(written(ECHO, campaign.door("alice", _lane())))
                wrapped.settimeout(5.0)
                raw = wrapped.recv(65536)
        except OSError:
            continue
        finally:
            line.close()
        # `none-such` is nobody's protocol: nothing is agreed on, which is HTTP/1.1 for a client that is one.
        if raw and not (selected is None and offered == ["none-such"]):
            problems.append(f"{offered}: {selected}, {raw[:30]!r}")
    return problems


def certificate(
    folder: Path, names: list[x509.GeneralName], *, days: tuple[int, int] = (-1, 30), common: str = "x"
) -> tuple[Path, Path]:
    """A self-signed certificate with these names and dates; the paths of certificate and key."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now + datetime.timedelta(days=days[0]))
    builder = builder.not_valid_after(now + datetime.timedelta(days=days[1]))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    made = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )
    cert_path, key_path = folder / "cert.pem", folder / "key.pem"
    cert_path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return cert_path, key_path


SECURE = """
  one:
    url: https://127.0.0.1:{one}/mcp
    ca: {folder}/trusted.pem
    headers: {{ Authorization: "Bearer ${{env:CANARY_POISON_TOKEN}}" }}
roles:
  caller: {{ members: [user:alice], allow: ["*.*"] }}
"""


@contextmanager
def secure_upstream(campaign: Campaign, what: str, cert: Path, key: Path, trusted: Path) -> Iterator[Campaign]:
    """A castle whose one server presents this certificate; what the castle trusts is another question."""
    begin = CONFIG.partition("servers:")[0] + "servers:" + SECURE
    config = begin + "limits:" + CONFIG.partition("\nlimits:")[2]

    class Secure(Castle):
        def _catalogues(self) -> dict[str, str]:
            return {}

        def write_config(self, *, old: str = "", new: str = "") -> Path:
            self._ports["one"] = self.canary("one", "plain", "--cert", str(cert), "--key", str(key))
            (self.folder / "trusted.pem").write_bytes(trusted.read_bytes())
            return super().write_config(old=old, new=new)

        def await_catalogue(self, deadline: float | None = None) -> None:
            del deadline
            time.sleep(0.6)

    with Secure(campaign.castle.folder / f"upstream-{what}", config=config) as castle:
        yield Campaign(castle)


def bad_certificates(campaign: Campaign) -> list[str]:
    """Servers with expired, foreign or unknown certificates are not spoken to, and nothing is sent to them."""
    import ipaddress

    folder = campaign.castle.folder / "certificates"
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    good = certificate(folder / "good", [loopback])
    kinds = {
        "good": (good, good[0]),
        "self-signed": (certificate(folder / "self", [loopback]), good[0]),
        "expired": ((made := certificate(folder / "expired", [loopback], days=(-30, -1))), made[0]),
        "not-yet": ((made := certificate(folder / "later", [loopback], days=(5, 30))), made[0]),
        "other-name": ((made := certificate(folder / "name", [x509.DNSName("evil.example")])), made[0]),
        "no-names": ((made := certificate(folder / "none", [], common="127.0.0.1")), made[0]),
        "name-for-address": ((made := certificate(folder / "dns", [x509.DNSName("127.0.0.1")])), made[0]),
    }
    problems = []
    for what, (pair, trusted) in kinds.items():
        with secure_upstream(campaign, what, pair[0], pair[1], trusted) as mine:
            answer = mine.say(call("echo", {"text": "x"}, path="/one/mcp"))
            reached = bool(mine.castle.effects("one"))
            if reached is not (what == "good"):
                problems.append(f"{what}: {answer.body[:120]!r}")
    return problems


@over_tls
def reloaded_under_load(campaign: Campaign) -> list[str]:
    """Certificates change while clients connect; a broken pair changes nothing. No handshake fails."""
    castle = campaign.castle
    authority = trustme.CA()
    asking = context()
    stop = time.monotonic() + 4.0

    def client(_: int) -> list[str]:
        failed = []
        while time.monotonic() < stop:
            found = handshake(castle, asking)
            if found.endswith("Error"):
                failed.append(found)
        return failed

    with ThreadPoolExecutor(5) as clients:
        running = [clients.submit(client, n) for n in range(4)]
        for number in range(8):
            issued = authority.issue_cert("127.0.0.1")
            chain = b"".join(pem.bytes() for pem in issued.cert_chain_pems)
            (castle.folder / "tls.pem").write_bytes(chain[: len(chain) // 2] if number % 3 == 1 else chain)
            if number % 3 != 2:
                (castle.folder / "tls.key").write_bytes(issued.private_key_pem.bytes())
            time.sleep(0.45)
        failed = [one for future in running for one in future.result()]
    return [f"{len(failed)} handshakes failed: {failed[0]}"] if failed else []


def giant_hello(campaign: Campaign) -> list[str]:
    """A ClientHello that never ends is ended."""
    return over_tls(_giant_hello)(campaign)


def _giant_hello(campaign: Campaign) -> list[str]:
    castle = campaign.castle
    before = castle.rss()
    line = connected(castle.port, fresh_address(), None)
    line.settimeout(8.0)
    with suppress(OSError):
        # A handshake message of 16 MiB, announced in its head, in records of 16 KiB.
        line.sendall(b"\x16\x03\x01\x40\x00\x01\xff\xff\xff\x03\x03" + b"a" * (0x4000 - 6))
        for _ in range(300):
            line.sendall(b"\x16\x03\x03" + struct.pack(">H", 0x4000) + b"a" * 0x4000)
    try:
        while line.recv(65536):
            pass
    except TimeoutError:
        return ["still open"]
    except OSError:
        pass
    finally:
        line.close()
    return [f"{(castle.rss() - before) >> 20} MiB"] if castle.rss() - before > 16 << 20 else []


ROWS = [
    case("T-01", "SSLv3, TLS 1.0, 1.1, downgrades", act("old versions are refused", old_versions), proof(TLS + "test_older_versions_are_refused")),
    case("T-02", "weak suites", act("all that this OpenSSL has", weak_suites, long=True), proof(TLS + "test_every_suite_on_offer_is_ephemeral_and_authenticated"), not_yet="curves: Python 3.11 to 3.13 cannot restrict them by API"),
    case("T-03", "renegotiation, compression, early data", act("openssl s_client tries", renegotiation), proof(TLS + "test_there_is_no_compression_and_no_renegotiation")),
    case("T-04", "handshake floods", act("120 half-open handshakes", handshake_flood), act("a ClientHello without end", giant_hello), proof(TLS + "test_a_handshake_that_does_not_end_is_ended")),
    case("T-05", "names in TLS and in Host", act("Host decides", strange_names)),
    case("T-06", "client certificates", not_yet="no mTLS yet"),
    case("T-07", "servers with bad certificates", act("seven kinds", bad_certificates, long=True), proof(TLS + "test_a_client_verifies_chain_and_name"), proof(TLS + "test_a_client_speaks_no_old_version")),
    case("T-08", "certificates that change", act("good and broken ones under load", reloaded_under_load, long=True), proof(TLS + "test_certificates_change_under_load_and_no_handshake_fails"), proof(TLS + "test_session_tickets_do_not_outlive_a_reload")),
    case("T-09", "a certificate about to expire", proof(TLS + "test_it_is_known_when_the_certificate_expires"), not_yet="a health warning 30 days before"),
    case("T-10", "truncation", act("a request without its end", truncated), proof(TLS + "test_a_cut_off_tls_request_is_no_request")),
    case("T-11", "strange records", act("by the byte, empty, alerts", records_by_the_byte)),
    case("T-12", "plain HTTP on TLS, TLS on plain HTTP", act("closed without a word", plain_on_tls), proof(TLS + "test_what_is_no_handshake_is_dropped")),
    case("T-13", "other protocols by ALPN", act("no HTTP for them", foreign_protocols), proof(TLS + "test_a_client_of_another_protocol_is_left")),
]  # fmt: skip
