"""A whole gateway over mutual TLS: who calls by certificate, and tokens that are bound to one (RFC 8705)."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import ssl
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trustme
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from yett.config.load import load
from yett.enforce.instance import Instance

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "certificates"))
import pki  # noqa: E402 - beside the tests of TLS, which use it too


def _module(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


gateway = _module("gateway_of_tokens", HERE / "test_gateway.py")
CA = pki.Authority()
ALICE, BOB = CA.issue(pki.SPIFFE), CA.issue("spiffe://acme.test/agents/bob")

CONFIG = """\
listen: https://localhost:0
tls: {{ cert: tls.crt, key: tls.key, client_ca: ca.pem, client_crl: crl.pem, clients: {clients} }}
auth:
  mtls: {{ san: uri, name: "spiffe://acme.test/agents/{{name}}" }}
  revoked: revoked.jsonl
  keycloak: {{ url: "{issuer}", unsafe_allow_loopback: true{more} }}
servers:
  demo: {{ url: "{upstream}" }}
roles:
  agent: {{ members: [mtls:user:alice], allow: [demo.read] }}
  person: {{ members: [keycloak:user:alice], allow: [demo.read] }}
ledger: {{ path: ledger }}
"""


class House(gateway.House):
    """The same, reached over TLS with the certificate of `pair`."""

    pair: Any = None

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.base = f"https://localhost:{self.instance.port}"

    def context(self) -> ssl.SSLContext:
        files = None if self.pair is None else self.pair.write(self.folder, "client")
        return pki.client_context(self.folder / "server-ca.pem", files)

    async def ask(self, method, path, *, headers=(), body=b"", host=None):
        reader, writer = await asyncio.open_connection("localhost", self.instance.port, ssl=self.context())
        lines = [f"{method} {path} HTTP/1.1", f"host: {host or self.base[8:]}", "connection: close", *headers]
        if body or method == "POST":
            lines.append(f"content-length: {len(body)}")
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        head, _, content = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        status, *fields = head.decode("latin-1").split("\r\n")
        return int(status.split(" ")[1]), dict(field.split(": ", 1) for field in fields), content

    async def told(self, token="", **options):
        return (await self.call(token, **options))[0]

    async def refused(self) -> list[str]:
        await asyncio.sleep(0)
        return [record["reason"] for record in self.records() if record["kind"] == "refusal"]


def within(folder: Path, story: Any, *, clients: str = "optional", more: str = "", config: str = CONFIG) -> Any:
    async def main():
        server = trustme.CA()
        issued = server.issue_cert("localhost")
        server.cert_pem.write_to_path(folder / "server-ca.pem")
        issued.private_key_pem.write_to_path(folder / "tls.key")
        (folder / "tls.crt").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        (folder / "ca.pem").write_bytes(CA.pem)
        (folder / "crl.pem").write_bytes(CA.list())
        async with gateway.FakeIssuer() as issuer, gateway.Backend() as backend:
            text = config.format(issuer=issuer.url, upstream=backend.url, more=more, clients=clients)
            (folder / "yett.yaml").write_text(text)
            instance = Instance(folder / "yett.yaml", load(folder / "yett.yaml"))
            await instance.start()
            try:
                house = House(instance, issuer, backend, folder)
                await house.ready()
                return await asyncio.wait_for(story(house), 60)
            finally:
                await instance.stop(0)

    return asyncio.run(main())


def words(body: bytes) -> str:
    """What a refusal says, without the reference to its own record."""
    error = json.loads(body)["error"]
    return f"{error['code']} {error['message']}"


def bound(house, pair, **changes):
    from yett.wire.x509 import client_certificate

    seen = client_certificate(ssl.PEM_cert_to_DER_cert(pair.pem.decode()))
    return house.token(cnf={"x5t#S256": seen.thumbprint}, **changes), seen.thumbprint


def test_a_certificate_signs_in_and_the_ledger_names_it(tmp_path):
    async def story(house):
        house.pair = ALICE
        assert await house.told() == 200
        house.pair = BOB
        status, _, body = await house.call("")
        assert status == 200
        assert b"-32602" in body  # signed in, and nothing is allowed to him
        assert house.backend.calls == ["read"]
        house.pair = ALICE
        _, thumbprint = bound(house, ALICE)
        [intent] = [record for record in house.records() if record["kind"] == "intent"]
        who = intent["who"]
        assert (who["issuer"], who["subject"], who["source"]) == ("mtls", "alice", "mtls")
        assert who["credential"] == f"x5t#S256:{thumbprint}"

    within(tmp_path, story, clients="required")


@pytest.mark.parametrize(
    "header",
    [
        "x-forwarded-client-cert: By=spiffe://x;URI=spiffe://acme.test/agents/alice",
        "x-client-cert: {pem}",
        "x-ssl-client-cert: {pem}",
        "ssl-client-s-dn: CN=alice",
        "client-cert: :MIIB:",
        "x-client-san-uri: spiffe://acme.test/agents/alice",
    ],
)
def test_no_header_says_whose_certificate_it_is(tmp_path, header):
    async def story(house):
        line = header.replace("{pem}", ALICE.pem.decode().replace("\n", "%0A"))
        assert await house.told(headers=[line]) == 401
        token, _ = bound(house, ALICE)
        assert await house.told(token, headers=[line]) == 401
        assert house.backend.calls == []

    within(tmp_path, story)


def test_a_bound_token_opens_with_its_certificate_alone_also_once_it_is_known(tmp_path):
    async def story(house):
        token, _ = bound(house, ALICE)
        answers = []
        for _ in range(2):
            for house.pair in (BOB, None, ALICE, BOB, None):
                status, headers, body = await house.call(token)
                answers.append((status, headers.get("www-authenticate"), "" if status == 200 else words(body)))
        assert [status for status, _, _ in answers] == [401, 401, 200, 401, 401] * 2
        wrong = await house.call(house.token(exp=1, iat=0))
        assert len({answer for answer in answers if answer[0] == 401}) == 1
        assert answers[0] == (wrong[0], wrong[1]["www-authenticate"], words(wrong[2]))
        assert house.backend.calls == ["read"] * 2
        reasons = await house.refused()
        assert reasons.count("jwt.bound") == 8

    within(tmp_path, story)


def test_binding_can_be_demanded_and_is_told_in_the_metadata(tmp_path):
    async def story(house):
        house.pair = ALICE
        assert await house.told(house.token()) == 401
        assert await house.told(bound(house, ALICE)[0]) == 200
        assert (await house.refused())[-1] == "jwt.unbound"
        shown = json.loads((await house.ask("GET", "/.well-known/oauth-protected-resource"))[2])
        assert shown["tls_client_certificate_bound_access_tokens"] is True

    within(tmp_path, story, more=", require_binding: true")


def test_a_principal_with_a_certificate_can_be_revoked(tmp_path):
    async def story(house):
        house.pair = ALICE
        assert await house.told() == 200
        (tmp_path / "revoked.jsonl").write_text('{"revoke": "user:alice", "issuer": "mtls"}\n')
        (tmp_path / "revoked.jsonl").chmod(0o600)
        while await house.told() == 200:
            await asyncio.sleep(0.05)
        assert await house.told() == 401

    within(tmp_path, story)


def test_a_revoked_certificate_loses_its_open_connection_and_gets_no_other(tmp_path):
    async def story(house):
        house.pair = ALICE
        reader, writer = await asyncio.open_connection("localhost", house.instance.port, ssl=house.context())
        (tmp_path / "crl.pem").write_bytes(CA.list(ALICE) + b"\n")
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
        with pytest.raises((OSError, IndexError)):
            await house.told()
        house.pair = BOB
        assert await house.told() == 200

    within(tmp_path, story, clients="required")


def test_the_sdks_client_calls_a_tool_over_mutual_tls(tmp_path):
    async def story(house):
        house.pair = ALICE
        async with (
            httpx2.AsyncClient(verify=house.context()) as http,
            Client(streamable_http_client(f"{house.base}/demo/mcp", http_client=http)) as client,
        ):
            result = await client.call_tool("read", {})
            assert result.content[0].text == "done"

    within(tmp_path, story, clients="required")
