from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
import threading
import warnings
from pathlib import Path

import pytest
import trustme

from yett.errors import ConfigError
from yett.wire.tls import ReloadingTls, client_context, server_context

CA = trustme.CA()


def issue(folder: Path, name: str = "localhost", **options) -> tuple[Path, Path]:
    """Write a certificate and its key; the certificate's file first, as careless tools do."""
    issued = CA.issue_cert(name, **options)
    certificate, key = folder / "tls.crt", folder / "tls.key"
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    return certificate, key


@pytest.fixture
def pair(tmp_path) -> tuple[Path, Path]:
    return issue(tmp_path)


def trusting(**options) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    CA.configure_trust(context)
    for name, value in options.items():
        setattr(context, name, value)
    return context


def shaken(serving: ssl.SSLContext, asking: ssl.SSLContext, name: str = "localhost") -> ssl.SSLObject:
    """The client's side of a handshake in memory. Raises `ssl.SSLError` when either side refuses."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(down, up, server_hostname=name)
    server = serving.wrap_bio(up, down, server_side=True)
    for side in (client, server, client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    client.version()
    return client


def serial(context: ssl.SSLContext) -> object:
    return (shaken(context, trusting()).getpeercert() or {})["serialNumber"]


def limit(context: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version


def old_client(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = trusting()
    context.set_ciphers("ALL:@SECLEVEL=0")
    limit(context, version)
    return context


# What is negotiated.


def test_tls_1_3_and_1_2_are_spoken(pair):
    context = server_context(*pair)
    assert shaken(context, trusting()).version() == "TLSv1.3"
    assert shaken(context, trusting(maximum_version=ssl.TLSVersion.TLSv1_2)).version() == "TLSv1.2"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_versions_are_refused(pair, version):
    with pytest.raises(ssl.SSLError):
        shaken(server_context(*pair), old_client(version))


@pytest.mark.parametrize(
    "ciphers",
    [
        "AES128-SHA",
        "AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-SHA",
        "ECDHE-ECDSA-AES256-SHA384",
        "DHE-RSA-AES128-GCM-SHA256",
    ],
)
def test_weak_suites_are_refused(pair, ciphers):
    weak = trusting(maximum_version=ssl.TLSVersion.TLSv1_2)
    weak.set_ciphers(ciphers + ":@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        shaken(server_context(*pair), weak)


def test_every_suite_on_offer_is_ephemeral_and_authenticated(pair):
    names = {str(cipher["name"]) for cipher in server_context(*pair).get_ciphers()}
    assert all(name.startswith(("ECDHE-", "TLS_")) and ("GCM" in name or "CHACHA20" in name) for name in names)


def test_there_is_no_compression_and_no_renegotiation(pair):
    for context in (server_context(*pair), client_context()):
        assert context.options & ssl.OP_NO_COMPRESSION
        assert context.options & ssl.OP_NO_RENEGOTIATION
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("offered", "selected"),
    [
        ((), None),
        (("http/1.1",), "http/1.1"),
        (("h2", "http/1.1"), "http/1.1"),
        (("ftp", "h2", "http/1.1"), "http/1.1"),
    ],
)
def test_http_1_1_is_agreed_on_where_it_is_offered(pair, offered, selected):
    asking = trusting()
    asking.set_alpn_protocols(offered)
    assert shaken(server_context(*pair), asking).selected_alpn_protocol() == selected


@pytest.mark.parametrize("offered", ["h2", "ftp", "imap", "http/1.0", "smtp"])
def test_another_protocol_is_recognised_as_such(pair, offered):
    asking = trusting()
    asking.set_alpn_protocols([offered])
    assert shaken(server_context(*pair), asking).selected_alpn_protocol() == offered


# What cannot be used.


def test_a_key_that_does_not_belong_to_the_certificate_is_an_error(tmp_path, pair):
    (tmp_path / "other").mkdir()
    _, other = issue(tmp_path / "other")
    with pytest.raises(ConfigError, match=r"cannot use certificate .* mismatch"):
        server_context(pair[0], other)


@pytest.mark.parametrize("content", [b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_file_that_is_no_certificate_is_an_error(pair, content):
    pair[0].write_bytes(content)
    with pytest.raises(ConfigError, match="cannot use certificate"):
        server_context(*pair)
    with pytest.raises(ConfigError, match="cannot use certificate"):
        ReloadingTls(*pair)


def test_a_missing_file_is_an_error(tmp_path, pair):
    with pytest.raises(ConfigError, match="no such file"):
        server_context(tmp_path / "none", pair[1])
    with pytest.raises(ConfigError, match="no such file"):
        client_context(tmp_path / "none")


def test_an_encrypted_key_is_an_error_and_asks_nobody(pair):
    from cryptography.hazmat.primitives import serialization as form

    key = form.load_pem_private_key(pair[1].read_bytes(), None)
    locked = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(b"secret"))
    pair[1].write_bytes(locked)
    with pytest.raises(ConfigError, match="cannot use certificate"):
        server_context(*pair)


@pytest.mark.parametrize("dates", [{"not_after": -1}, {"not_before": 1, "not_after": 2}])
def test_a_certificate_out_of_its_dates_is_an_error(tmp_path, dates):
    today = dt.datetime.now(dt.UTC)
    times = {name: today + dt.timedelta(days=days) for name, days in dates.items()}
    with pytest.raises(ConfigError, match=r"expired|not yet valid"):
        ReloadingTls(*issue(tmp_path, **times))


# Following the files.


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def replaced(folder: Path, **options) -> None:
    """New files in place of the old ones, each at once, as `mv` does it."""
    (folder / "new").mkdir(exist_ok=True)
    for fresh in issue(folder / "new", **options):
        fresh.replace(folder / fresh.name)


def test_new_files_are_followed_within_a_second(tmp_path, pair):
    clock = Clock()
    tls = ReloadingTls(*pair, clock=clock)
    first = serial(tls.current())
    replaced(tmp_path)
    clock.now = 0.5
    assert serial(tls.current()) == first
    clock.now = 1.0
    assert serial(tls.current()) != first
    assert (tls.reloads, tls.problem) == (1, "")


def test_files_that_did_not_change_are_not_read_again(pair):
    clock = Clock()
    tls = ReloadingTls(*pair, clock=clock)
    before = tls.current()
    clock.now = 100
    assert tls.current() is before
    assert tls.reloads == 0


def test_half_a_change_keeps_the_old_pair_and_the_other_half_completes_it(tmp_path, pair):
    clock, told = Clock(), []
    tls = ReloadingTls(*pair, clock=clock, report=told.append)
    first = serial(tls.current())
    (tmp_path / "new").mkdir()
    certificate, key = issue(tmp_path / "new")
    certificate.replace(pair[0])
    clock.now = 1
    assert serial(tls.current()) == first
    clock.now = 2
    assert serial(tls.current()) == first
    assert len(told) == 1
    assert "mismatch" in tls.problem
    key.replace(pair[1])
    clock.now = 3
    assert serial(tls.current()) != first
    assert tls.problem == ""


def test_a_vanished_or_expired_or_broken_file_keeps_the_old_certificate(tmp_path, pair):
    clock, told = Clock(), []
    tls = ReloadingTls(*pair, clock=clock, report=told.append)
    first = serial(tls.current())
    pair[0].unlink()
    clock.now = 1
    assert serial(tls.current()) == first
    pair[0].write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA")
    clock.now = 2
    assert serial(tls.current()) == first
    replaced(tmp_path, not_after=dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
    clock.now = 3
    assert serial(tls.current()) == first
    words = [problem.rpartition(": ")[2] for problem in told]
    assert words == ["no such file or directory", "no pem in it", "certificate has expired"]


def test_a_reload_on_demand_needs_no_change_and_no_clock(tmp_path, pair):
    tls = ReloadingTls(*pair, clock=Clock())
    first = tls.current()
    assert tls.reload()
    assert tls.current() is not first
    pair[1].write_bytes(b"")
    assert not tls.reload()
    assert tls.problem


def test_it_is_known_when_the_certificate_expires(tmp_path):
    end = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=20)
    assert ReloadingTls(*issue(tmp_path, not_after=end)).expires_at == end.timestamp()


def test_session_tickets_do_not_outlive_a_reload(pair):
    tls = ReloadingTls(*pair)
    assert tls.current().session_stats() != {}
    asking = trusting(maximum_version=ssl.TLSVersion.TLSv1_2)
    first = shaken(tls.current(), asking)
    tls.reload()
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(down, up, server_hostname="localhost", session=first.session)
    server = tls.current().wrap_bio(up, down, server_side=True)
    for side in (client, server, client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert not client.session_reused


# The calling side.


def test_a_client_verifies_chain_and_name(pair, tmp_path):
    serving = server_context(*pair)
    ca_file = tmp_path / "ca.pem"
    CA.cert_pem.write_to_path(str(ca_file))
    assert shaken(serving, client_context(ca_file)).version() == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError, match=r"self-signed|unable to get local issuer"):
        shaken(serving, client_context())
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shaken(serving, client_context(ca_file), "other.example")


def test_only_one_parameter_turns_verification_off(pair):
    assert (client_context().verify_mode, client_context().check_hostname) == (ssl.CERT_REQUIRED, True)
    context = client_context(unsafe_skip_verification=True)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)
    assert shaken(server_context(*pair), context, "other.example").version() == "TLSv1.3"


def test_a_client_speaks_no_old_version(pair):
    serving = server_context(*pair)
    limit(serving, ssl.TLSVersion.TLSv1_1)
    serving.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        shaken(serving, client_context(unsafe_skip_verification=True))


# On real sockets.


def test_a_server_speaks_tls(run, gate, pair):
    async def main() -> None:
        async with gate(tls=server_context(*pair)) as house:
            request = b"GET /tls HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            answer = await house.talk(request, ssl=trusting(), server_hostname="localhost")
            assert answer.endswith(b"GET /tls ")

    run(main())


@pytest.mark.parametrize(
    "status_and_request", [(400, b"GET /\n"), (413, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n")]
)
def test_a_refusal_arrives_over_tls_too(run, gate, pair, status_and_request):
    async def main() -> None:
        status, request = status_and_request
        async with gate(tls=server_context(*pair)) as house:
            answer = await house.talk(request, ssl=trusting(), server_hostname="localhost")
            assert answer.startswith(b"HTTP/1.1 %d " % status)
            assert house.statuses == [status]

    run(main())


def test_large_bodies_and_answers_pass_both_ways(run, gate, pair):
    async def main() -> None:
        async with gate(tls=server_context(*pair)) as house:
            reader, writer = await house.connect(ssl=trusting(), server_hostname="localhost")
            body = bytes(range(256)) * 4_096
            for _ in range(3):
                writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                await reader.readuntil(b"\r\n\r\nPOST / ")
                assert await reader.readexactly(len(body)) == body
            writer.close()

    run(main())


def test_a_stream_waits_for_its_client_over_tls_and_arrives_whole(run, gate, pair):
    async def main() -> None:
        written = 0

        async def flood(incoming, responder) -> None:
            nonlocal written
            responder.start(200, ())
            for _ in range(400):
                await responder.write(b"x" * 50_000)
                written += 1
            responder.finish()

        async with gate(flood, tls=server_context(*pair)) as house:
            reader, writer = await house.connect(ssl=trusting(), server_hostname="localhost")
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            before = -1
            while written != before:
                before = written
                await asyncio.sleep(0.1)
            assert written < 300
            assert (await reader.read()).count(b"x" * 50_000) == 400
            writer.close()

    run(main())


def test_an_answer_over_tls_is_cancelled_when_its_client_leaves(run, gate, pair):
    async def main() -> None:
        begun, ended = asyncio.Event(), asyncio.Event()

        async def endless(incoming, responder) -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        async with gate(endless, tls=server_context(*pair)) as house:
            for leave in (asyncio.StreamWriter.close, lambda writer: writer.transport.abort()):
                begun.clear()
                ended.clear()
                _, writer = await house.connect(ssl=trusting(), server_hostname="localhost")
                writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                await begun.wait()
                leave(writer)
                await ended.wait()
                writer.close()

    run(main())


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"\x00" * 100])
def test_what_is_no_handshake_is_dropped(run, gate, pair, noise):
    async def main() -> None:
        async with gate(tls=server_context(*pair)) as house:
            try:
                answer = await house.talk(noise)
            except ConnectionResetError:
                answer = b""
            assert b"HTTP" not in answer
            await house.until(lambda: not house.server.connections)

    run(main())


def test_a_handshake_that_does_not_end_is_ended(run, gate, pair):
    async def main() -> None:
        async with gate(tls=server_context(*pair), handshake_seconds=0.1) as house:
            assert await house.talk() == b""
            await house.until(lambda: not house.server.connections)

    run(main())


def test_only_so_many_handshakes_of_a_peer_are_under_way(run, gate, pair):
    async def main() -> None:
        async with gate(tls=server_context(*pair), connections_per_peer=60, handshake_seconds=0.3) as house:
            clients = [socket.create_connection(("127.0.0.1", house.port)) for _ in range(20)]
            await house.until(lambda: len(house.rejected) == 4)
            assert set(house.rejected) == {("127.0.0.1", 429, "too many TLS handshakes from this peer")}
            await house.until(lambda: house.server.connections == 0)
            request = b"GET / HTTP/1.0\r\nHost: a\r\n\r\n"
            assert (await house.talk(request, ssl=trusting(), server_hostname="localhost")).endswith(b"GET / ")
            for client in clients:
                client.close()

    run(main())


def test_a_client_of_another_protocol_is_left(run, gate, pair):
    async def main() -> None:
        asking = trusting()
        asking.set_alpn_protocols(["h2"])
        async with gate(tls=server_context(*pair)) as house:
            try:
                answer = await house.talk(b"PRI * HTTP/2.0\r\n\r\n", ssl=asking, server_hostname="localhost")
            except OSError:
                answer = b""
            assert answer == b""
            assert house.rejected == [("127.0.0.1", 400, "the client negotiated another protocol than HTTP/1.1")]

    run(main())


def test_certificates_change_under_load_and_no_handshake_fails(run, gate, pair, tmp_path):
    async def main() -> None:
        tls = ReloadingTls(*pair, every=0)
        asking = trusting()
        request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        async with gate(tls=tls) as house:
            reader, writer = await house.connect(ssl=asking, server_hostname="localhost")
            serials = set()

            async def call() -> None:
                r, w = await house.connect(ssl=asking, server_hostname="localhost")
                w.write(request)
                await r.readuntil(b"GET / ")
                serials.add(w.get_extra_info("ssl_object").getpeercert()["serialNumber"])
                w.close()

            for _ in range(10):
                replaced(tmp_path)
                await asyncio.gather(*(call() for _ in range(4)))
            writer.write(request)
            await reader.readuntil(b"GET / ")
            assert (tls.reloads, tls.problem, len(serials)) == (10, "", 10)
            writer.close()

    run(main())


def test_a_cut_off_tls_request_is_no_request(run, gate, pair):
    """T-10: the end of TCP without the end of TLS, in the middle of a body."""

    async def main() -> None:
        answered = []

        async def note(incoming, responder) -> None:
            answered.append(incoming)

        async with gate(note, tls=server_context(*pair)) as house:

            def cut_off() -> None:
                with socket.create_connection(("127.0.0.1", house.port)) as plain:
                    secure = trusting().wrap_socket(plain, server_hostname="localhost")
                    secure.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc")
                    socket.socket(fileno=secure.detach()).close()

            thread = threading.Thread(target=cut_off)
            thread.start()
            await house.until(lambda: not (thread.is_alive() or house.server.connections))
            assert answered == []

    run(main())


def test_a_certificate_has_the_names_that_hosts_are_checked_against(tmp_path):
    assert ReloadingTls(*issue(tmp_path, "*.acme.io")).names == ("*.acme.io",)
    assert ReloadingTls(*issue(tmp_path, "127.0.0.1")).names == ("127.0.0.1",)
