"""What happens before HTTP. These stories need a castle with TLS; they bring their own where it has none."""

from __future__ import annotations

import ssl
import time
import warnings
from collections.abc import Callable
from contextlib import suppress

from siege.campaign import Campaign
from siege.castle import Castle
from siege.knock import connected, context, fresh_address, knock, still_open
from siege.speech import call, written
from siege.stories.http_use import served_meanwhile

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
    versions = {
        version: version.name in ("TLSv1_2", "TLSv1_3") for version in ssl.TLSVersion if version.name.startswith("TLS")
    }
    problems = []
    for version, wanted in versions.items():
        ciphers = "DEFAULT" if wanted else "ALL:@SECLEVEL=0"
        if handshake(castle, old(version, ciphers)).endswith("Error") is wanted:
            problems.append(f"{version.name} is {'not ' if wanted else ''}spoken")
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
    begun = time.monotonic()
    problems = served_meanwhile(campaign, 10)
    left = still_open(lines, begun + 9.0)
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
        if heard.hung or (heard.answers and heard.first.status > 0):
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
