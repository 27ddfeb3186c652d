from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pki
import pytest
import trustme

from yett.errors import ConfigError
from yett.wire.client_trust import Clients, trust_of
from yett.wire.limits import ListenerLimits
from yett.wire.server import Server
from yett.wire.tls import ReloadingTls

VERSIONS = ["TLSv1_2", "TLSv1_3"]
CA = pki.Authority()
INTERMEDIATE = pki.Authority("between", CA)
OTHER = pki.Authority("others")
ALICE = CA.issue(pki.SPIFFE)
BOB = CA.issue("spiffe://acme.test/agents/bob")
DEEP = INTERMEDIATE.issue(pki.SPIFFE)


class Scene:
    """A listener that asks for certificates, and what it saw of each request and each refusal."""

    def __init__(self, folder: Path, *, lists: bool = True, required: bool = True, bundle=(CA,)) -> None:
        self.folder = folder
        server = trustme.CA()
        issued = server.issue_cert("localhost")
        server.cert_pem.write_to_path(folder / "server-ca.pem")
        issued.private_key_pem.write_to_path(folder / "tls.key")
        (folder / "tls.crt").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        (folder / "ca.pem").write_bytes(b"".join(one.pem for one in bundle))
        (folder / "crl.pem").write_bytes(b"".join(one.list() for one in bundle))
        crl = (folder / "crl.pem",) if lists else ()
        self.problems: list[str] = []
        self.tls = ReloadingTls(
            folder / "tls.crt",
            folder / "tls.key",
            clients=Clients(authorities=folder / "ca.pem", lists=crl, required=required),
            report=self.problems.append,
            every=0.0,
        )
        self.seen, self.rejected = [], []

    async def __aenter__(self):
        async def answer(incoming, responder):
            self.seen.append(incoming.certificate)
            responder.send(200, (), b"ok")

        self.server = Server(answer, ListenerLimits(), lambda _peer, status, why: self.rejected.append((status, why)))
        self.port = await self.server.start("localhost", 0, self.tls)
        return self

    async def __aexit__(self, *_):
        await self.server.close()

    def context(self, pair=None, version=""):
        files = None if pair is None else pair.write(self.folder, "client")
        return pki.client_context(self.folder / "server-ca.pem", files, version)

    async def open(self, context):
        return await asyncio.open_connection("localhost", self.port, ssl=context)

    async def ask(self, reader, writer) -> bytes:
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(2)
        return head.split(b"\r\n")[0]

    async def tried(self, pair=None, version="") -> bytes:
        """The status line, or nothing where the client was sent away."""
        try:
            reader, writer = await self.open(self.context(pair, version))
        except (OSError, ssl.SSLError):
            return b""
        try:
            return await self.ask(reader, writer)
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
            return b""
        finally:
            writer.close()


def scene(folder, story, **options):
    async def main():
        async with Scene(folder, **options) as it:
            await asyncio.wait_for(story(it), 30)

    asyncio.run(main())


@pytest.mark.parametrize("version", VERSIONS)
def test_a_good_certificate_is_known_with_every_request(tmp_path, version):
    async def story(it):
        assert await it.tried(ALICE, version) == b"HTTP/1.1 200 OK"
        [seen] = it.seen
        assert seen.uris == (pki.SPIFFE,)
        assert seen.serial == f"{ALICE.certificate.serial_number:x}"
        assert not it.rejected

    scene(tmp_path, story)


WRONG = {
    "another authority": lambda: (OTHER.issue(pki.SPIFFE), "unable to get local issuer certificate"),
    "self-signed": lambda: (OTHER, "self-signed certificate"),
    "an authority of the same name": lambda: (
        pki.Authority("clients").issue(pki.SPIFFE),
        "certificate signature failure",
    ),
    "expired": lambda: (CA.issue(pki.SPIFFE, ends=pki.NOW - pki.DAY / 2), "certificate has expired"),
    "not yet valid": lambda: (CA.issue(pki.SPIFFE, begins=pki.NOW + pki.DAY / 2), "certificate is not yet valid"),
    "for servers": lambda: (
        CA.issue(pki.SPIFFE, usage=[pki.ExtendedKeyUsageOID.SERVER_AUTH]),
        "unsuitable certificate purpose",
    ),
    "a key of 1,024 bits": lambda: (CA.issue(pki.SPIFFE, key=pki.weak_key()), "EE certificate key too weak"),
    "issued by a client": lambda: (_by_a_client(), "invalid CA certificate"),
    "no list of the intermediate": lambda: (DEEP, "unable to get certificate CRL"),
}


def _by_a_client() -> pki.Pair:
    forger = pki.Authority("forger")
    forger.key, forger.certificate, forger.chain = ALICE.key, ALICE.certificate, (ALICE,)
    issued = forger.issue("spiffe://acme.test/agents/root", common="root")
    return pki.Pair(issued.certificate, issued.key, (ALICE,))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_certificate_ends_the_handshake_and_is_told(tmp_path, name, version):
    async def story(it):
        pair, why = WRONG[name]()
        assert await it.tried(pair, version) == b""
        assert not it.seen
        assert [status for status, _ in it.rejected] == [401]
        assert why.lower() in it.rejected[0][1].lower()
        assert await it.tried(ALICE, version) == b"HTTP/1.1 200 OK"

    for required in (True, False):
        scene(tmp_path, story, required=required)


@pytest.mark.parametrize("version", VERSIONS)
def test_who_has_no_certificate_is_let_in_only_where_that_may_be(tmp_path, version):
    async def refused(it):
        assert await it.tried(None, version) == b""
        assert it.rejected == [(401, "client certificate: there is none")]

    async def welcome(it):
        assert await it.tried(None, version) == b"HTTP/1.1 200 OK"
        assert it.seen == [None]

    scene(tmp_path, refused)
    scene(tmp_path, welcome, required=False)


def test_an_intermediate_that_the_client_shows_is_followed_to_the_authority(tmp_path):
    async def story(it):
        assert await it.tried(DEEP) == b"HTTP/1.1 200 OK"
        crowd = pki.Pair(DEEP.certificate, DEEP.key, (INTERMEDIATE, *(pki.Authority(f"c{n}") for n in range(50))))
        assert await it.tried(crowd) in {b"HTTP/1.1 200 OK", b""}
        assert await it.tried(ALICE) == b"HTTP/1.1 200 OK"

    scene(tmp_path, story, lists=False)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_revocation_ends_open_connections_and_refuses_new_ones(tmp_path, version):
    async def story(it):
        alice, bob = [await it.open(it.context(pair, version)) for pair in (ALICE, BOB)]
        for one in (alice, bob):
            assert await it.ask(*one) == b"HTTP/1.1 200 OK"
        assert it.server.part(it.tls.trust, pki.NOW.timestamp()) == 0
        (it.folder / "crl.pem").write_bytes(CA.list(ALICE) + b"\n")
        assert it.server.part(it.tls.trust, pki.NOW.timestamp()) == 1
        assert it.rejected == [(401, "the client certificate was revoked")]
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            await it.ask(*alice)
        assert await it.ask(*bob) == b"HTTP/1.1 200 OK"
        assert await it.tried(ALICE, version) == b""
        assert "revoked" in it.rejected[-1][1]
        assert await it.tried(BOB, version) == b"HTTP/1.1 200 OK"
        for _, writer in (alice, bob):
            writer.close()

    scene(tmp_path, story)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_session_outlives_what_was_verified_for_it(tmp_path, version):
    """A resumed session brings the certificate of the first handshake: it must be there, and must still be good."""

    async def story(it):
        context = it.context(ALICE, version)
        reader, writer = await it.open(context)
        assert await it.ask(reader, writer) == b"HTTP/1.1 200 OK"
        session = writer.get_extra_info("ssl_object").session
        writer.close()
        assert not (session is not None and session.has_ticket)
        again = await asyncio.to_thread(resumed, it.port, context, session)
        assert again == b"HTTP/1.1 200 OK"
        assert [seen.uris for seen in it.seen] == [(pki.SPIFFE,)] * 2
        (it.folder / "crl.pem").write_bytes(CA.list(ALICE) + b"\n")
        assert await asyncio.to_thread(resumed, it.port, context, session) == b""
        assert len(it.seen) == 2

    scene(tmp_path, story)


def resumed(port: int, context: ssl.SSLContext, session: ssl.SSLSession | None) -> bytes:
    import socket

    try:
        with (
            socket.create_connection(("localhost", port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="localhost", session=session) as line,
        ):
            line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return line.recv(1_024).split(b"\r\n")[0]
    except OSError:
        return b""


def test_what_an_open_connection_outlives_is_told_one_by_one(tmp_path):
    it = Scene(tmp_path)
    then, now = it.tls.trust, pki.NOW.timestamp()
    from yett.wire.x509 import client_certificate

    own, deep = (client_certificate(ssl.PEM_cert_to_DER_cert(pair.pem.decode())) for pair in (ALICE, DEEP))
    assert then.outlived(own, then, now) == ""
    assert then.outlived(own, then, own.expires) == "the client certificate has expired"
    (tmp_path / "crl.pem").write_bytes(CA.list(BOB) + b"\n")
    assert it.tls.trust.outlived(own, then, now) == ""
    assert it.tls.trust.outlived(deep, then, now) == "the revocation lists have changed"
    (tmp_path / "ca.pem").write_bytes(CA.pem + OTHER.pem)
    (tmp_path / "crl.pem").write_bytes(CA.list() + OTHER.list())
    assert it.tls.trust.outlived(own, then, now) == "the client authorities have changed"
    late = (pki.NOW + pki.DAY).timestamp()
    long = client_certificate(ssl.PEM_cert_to_DER_cert(CA.issue(ends=pki.NOW + 9 * pki.DAY).pem.decode()))
    assert then.outlived(long, then, late) == "the revocation list is out of date"


@pytest.mark.parametrize(
    ("crl", "word"),
    [
        (lambda: CA.list(ends=pki.NOW - pki.DAY), "out of date"),
        (OTHER.list, "not among the client authorities"),
        (lambda: OTHER.list(name="clients"), "not among the client authorities"),
        (lambda: b"", "no revocation list in PEM"),
        (lambda: b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "no revocation list in PEM"),
        (lambda: CA.list()[:200], "no revocation list in PEM"),
    ],
)
def test_a_list_that_cannot_be_used_stops_the_start_and_is_left_alone_later(tmp_path, crl, word):
    it = Scene(tmp_path)
    good = it.tls.trust
    (tmp_path / "crl.pem").write_bytes(crl())
    assert it.tls.trust is good
    assert word in it.tls.problem
    assert it.problems == [it.tls.problem]
    with pytest.raises(ConfigError, match=word):
        trust_of(Clients(authorities=tmp_path / "ca.pem", lists=(tmp_path / "crl.pem",)), pki.NOW.timestamp())


def test_a_bundle_that_lets_nobody_in_is_refused(tmp_path):
    ca, crl = tmp_path / "ca.pem", tmp_path / "crl.pem"
    for content, word in (
        (b"", "no CA certificates"),
        (ALICE.pem, "is no CA certificate"),
        (b"x", "no CA certificates"),
    ):
        ca.write_bytes(content)
        with pytest.raises(ConfigError, match=word):
            trust_of(Clients(authorities=ca), pki.NOW.timestamp())
    with pytest.raises(ConfigError, match="cannot read"):
        trust_of(Clients(authorities=tmp_path / "none.pem"), pki.NOW.timestamp())
    ca.write_bytes(CA.pem + OTHER.pem)
    crl.write_bytes(CA.list())
    with pytest.raises(ConfigError, match=r"no revocation list of `CN=others`"):
        trust_of(Clients(authorities=ca, lists=(crl,)), pki.NOW.timestamp())
    with pytest.raises(ConfigError, match="has expired"):
        trust_of(Clients(authorities=ca), (pki.NOW + 31 * pki.DAY).timestamp())
