"""Records that are cut, tiny, empty or endless."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from contextlib import suppress

from siege.campaign import Campaign
from siege.knock import connected, context, fresh_address
from siege.speech import call, written
from siege.stories.tls import client_hello, over_tls

ECHO = call("echo", {"text": "x"})


def _lane() -> object:
    from siege.campaign import Lane

    return Lane()


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
