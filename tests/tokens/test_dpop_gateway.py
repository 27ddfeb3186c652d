"""A whole gateway, and clients that prove to hold the key of their token (RFC 9449): over real HTTP."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import importlib.util
import json
import time
from pathlib import Path
from typing import Any

import jwt as pyjwt
from cryptography.hazmat.primitives.asymmetric import ec

HERE = Path(__file__).parent


def _module(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"{name}_for_dpop", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


gateway = _module("test_gateway")
KEY = ec.generate_private_key(ec.SECP256R1())
JWK = {
    name: value
    for name, value in pyjwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True).items()
    if name in {"kty", "crv", "x", "y"}
}
ALGS = 'algs="ES256 ES384 ES512 EdDSA PS256 RS256"'


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


JKT = digest(json.dumps(JWK, sort_keys=True, separators=(",", ":")))


class Client:
    """Shows a bound token with a fresh proof each time."""

    def __init__(self, house: Any) -> None:
        self.house, self.number = house, 0
        self.token = house.token(cnf={"jkt": JKT})

    def proof(self, **changes: Any) -> str:
        self.number += 1
        url = f"{self.house.base}/demo/mcp"
        said = {"jti": f"p{self.number}", "htm": "POST", "htu": url, "iat": int(time.time()), "ath": digest(self.token)}
        return pyjwt.encode(said | changes, KEY, "ES256", headers={"typ": "dpop+jwt", "jwk": JWK})

    async def call(self, *proofs: str, **more: Any) -> Any:
        shown = (f"authorization: DPoP {self.token}", *(f"dpop: {proof}" for proof in proofs))
        return await self.house.call("", headers=(*shown, *more.pop("headers", ())), **more)


def test_a_bound_token_opens_with_a_proof_of_its_own_and_nothing_of_it_goes_on(tmp_path):
    async def story(house):
        client = Client(house)
        proof = client.proof()
        for one in (proof, client.proof(), client.proof()):  # verified anew beside a token that is remembered
            status, _, body = await client.call(one)
            assert (status, b"done" in body) == (200, True)
        status, headers, _ = await client.call(proof)
        assert status == 401
        assert headers["www-authenticate"].startswith(f'DPoP realm="yett", error="invalid_dpop_proof", {ALGS}, ')
        assert (await client.call(client.proof(), client.proof()))[0] == 401
        assert (await client.call())[0] == 401
        assert (await client.call(client.proof(), path="/other/mcp"))[0] == 401
        status, headers, _ = await house.call(client.token)
        assert status == 401
        assert headers["www-authenticate"].endswith(f', DPoP realm="yett", {ALGS}')
        assert (await house.call(client.token, headers=(f"dpop: {client.proof()}",)))[0] == 401
        assert house.backend.calls == ["read"] * 3
        sent = b"".join(house.backend.seen).lower()
        assert b"dpop" not in sent
        assert proof.encode().lower() not in sent
        kept = json.dumps(house.records())
        assert proof not in kept
        assert client.token not in kept
        return [record["reason"] for record in house.records() if record["kind"] == "refusal"]

    reasons = gateway.within(tmp_path, story)
    assert reasons == [
        *("dpop.replayed", "dpop.malformed", "dpop.missing", "jwt.audience"),
        *("jwt.key-bound", "jwt.key-bound"),
    ]


def test_one_head_twice_on_one_connection_is_a_replay(tmp_path):
    async def story(house):
        client = Client(house)
        meta = {
            "io.modelcontextprotocol/protocolVersion": gateway.VERSION,
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        params = {"name": "read", "arguments": {}, "_meta": meta}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
        lines = [
            *("POST /demo/mcp HTTP/1.1", f"host: {house.base[7:]}", "content-type: application/json"),
            *("accept: application/json, text/event-stream", f"mcp-protocol-version: {gateway.VERSION}"),
            *("mcp-method: tools/call", "mcp-name: read", f"content-length: {len(body)}"),
            *(f"authorization: DPoP {client.token}", f"dpop: {client.proof()}"),
        ]
        message = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        reader, writer = await asyncio.open_connection("127.0.0.1", house.instance.port)
        statuses = []
        for _ in range(3):
            writer.write(message)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
            statuses.append(int(head.split(b" ")[1]))
        writer.close()
        assert statuses == [200, 401, 401]
        assert house.backend.calls == ["read"]

    gateway.within(tmp_path, story)


def test_an_issuer_may_have_to_bind_its_tokens(tmp_path):
    async def story(house):
        client = Client(house)
        status, headers, _ = await house.call(house.token())
        assert status == 401
        assert headers["www-authenticate"].startswith(f'DPoP realm="yett", error="invalid_token", {ALGS}, ')
        assert (await client.call(client.proof()))[0] == 200
        said = json.loads((await house.ask("GET", "/.well-known/oauth-protected-resource/demo/mcp"))[2])
        assert said["dpop_bound_access_tokens_required"] is True
        assert said["dpop_signing_alg_values_supported"][0] == "ES256"
        asked = ["access-control-request-method: POST", "access-control-request-headers: authorization, dpop"]
        page = "origin: https://page.example"
        status, headers, _ = await house.ask("OPTIONS", "/demo/mcp", headers=[page, *asked])
        assert (status, "dpop" in headers["access-control-allow-headers"].split(", ")) == (204, True)

    gateway.within(tmp_path, story, more=", require_dpop: true")


def test_a_reload_forgets_no_proof(tmp_path):
    async def story(house):
        client = Client(house)
        proof = client.proof()
        assert (await client.call(proof))[0] == 200
        file = tmp_path / "yett.yaml"
        file.write_text(file.read_text().replace("require_dpop: false", "require_dpop: true"))
        before = house.instance.runtime
        await house.instance.reload()
        assert house.instance.runtime.identity is not before.identity
        assert (await client.call(proof))[0] == 401
        assert (await client.call(client.proof()))[0] == 200

    gateway.within(tmp_path, story, more=", require_dpop: false")
