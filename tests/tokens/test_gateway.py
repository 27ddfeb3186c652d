"""Whole gateways in front of a toy server, with an issuer of ours: what callers see, and what the ledger keeps."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from yett.cli.revoke import command as revoke
from yett.config.load import load
from yett.enforce.instance import Instance

HERE = Path(__file__).parent


def _module(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FakeIssuer = _module("fake_issuer", HERE / "issuer.py").FakeIssuer
VERSION = "2026-07-28"

CONFIG = """\
listen: {{ address: http://127.0.0.1:0, origins: [https://page.example] }}
auth: {{ keycloak: {{ url: "{issuer}", unsafe_allow_loopback: true{more} }}{others} }}
servers:
  demo: {{ url: "{upstream}", scopes: {{ "delete_*": [demo:admin] }} }}
  other: {{ url: "{upstream}" }}
roles:
  reader: {{ members: [{whose}user:alice], allow: [demo.*, other.*] }}
  writer: {{ members: [{whose}user:alice], scopes: [demo:write], allow: [demo.*] }}
ledger: {{ path: ledger }}
"""


class Backend:
    """An MCP server with two tools, in raw HTTP."""

    async def __aenter__(self):
        self.calls: list[str] = []
        self.seen: list[bytes] = []
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/mcp"
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def _serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                message = json.loads(await reader.readexactly(length))
                self.seen.append(head)
                if message["method"] == "subscriptions/listen":
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: here\n\n")
                    await reader.read()
                    return
                reply = {"jsonrpc": "2.0", "id": message.get("id"), "result": self._result(message)}
                body = json.dumps(reply).encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
                writer.write(b"content-length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    def _result(self, message):
        if message["method"] == "server/discover":
            said = {"supportedVersions": [VERSION], "capabilities": {"tools": {}}}
            return {**said, "resultType": "complete", "_meta": {}}
        if message["method"] == "tools/list":
            schema = {"type": "object", "properties": {}}
            tools = [{"name": name, "inputSchema": schema} for name in ("read", "delete_all")]
            return {"tools": tools, "resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
        self.calls.append(message["params"]["name"])
        return {"content": [{"type": "text", "text": "done"}], "resultType": "complete"}


class House:
    """A gateway with everything around it."""

    def __init__(self, instance: Instance, issuer: Any, backend: Backend, folder: Path) -> None:
        self.instance, self.issuer, self.backend, self.folder = instance, issuer, backend, folder
        self.base = f"http://127.0.0.1:{instance.port}"

    def token(self, **changes):
        return self.issuer.token(f"{self.base}/demo/mcp", **changes)

    async def ask(self, method, path, *, headers=(), body=b"", host=None):
        """Status, headers and body of one request in raw HTTP."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.instance.port)
        lines = [f"{method} {path} HTTP/1.1", f"host: {host or self.base[7:]}", "connection: close", *headers]
        if body or method == "POST":
            lines.append(f"content-length: {len(body)}")
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        head, _, content = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        status, *fields = head.decode("latin-1").split("\r\n")
        return int(status.split(" ")[1]), dict(field.split(": ", 1) for field in fields), content

    async def call(self, token, tool="read", *, path="/demo/mcp", headers=()):
        meta = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
        params = {"name": tool, "arguments": {}, "_meta": meta}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
        lines = [
            *("content-type: application/json", "accept: application/json, text/event-stream"),
            *(f"mcp-protocol-version: {VERSION}", "mcp-method: tools/call", f"mcp-name: {tool}"),
            *((f"authorization: Bearer {token}",) if token else ()),
            *headers,
        ]
        return await self.ask("POST", path, headers=lines, body=body)

    async def ready(self) -> None:
        while not self.instance.runtime.catalogue.known("demo"):
            await asyncio.sleep(0.01)

    def records(self):
        files = sorted((self.folder / "ledger").glob("*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]


def within(folder: Path, story: Callable[[House], Awaitable[Any]], *, more="", others="", whose="", config=CONFIG):
    async def main():
        async with FakeIssuer() as issuer, Backend() as backend:
            text = config.format(issuer=issuer.url, upstream=backend.url, more=more, others=others, whose=whose)
            (folder / "yett.yaml").write_text(text)
            instance = Instance(folder / "yett.yaml", load(folder / "yett.yaml"))
            await instance.start()
            try:
                house = House(instance, issuer, backend, folder)
                await house.ready()
                return await story(house)
            finally:
                await instance.stop(0)

    return asyncio.run(main())


def test_a_token_of_the_issuer_opens_and_stays_here(tmp_path):
    async def story(house):
        status, _, body = await house.call(house.token(jti="t-7", act={"sub": "agent"}))
        assert (status, house.backend.calls) == (200, ["read"])
        assert b"done" in body
        assert not any(b"authorization" in head.lower() for head in house.backend.seen)
        return [record for record in house.records() if record["kind"] == "intent"]

    [intent] = within(tmp_path, story)
    who = intent["who"]
    assert (who["subject"], who["client"], who["credential"], who["source"]) == ("alice", "client", "t-7", "keycloak")
    assert who["actor"] == "agent"


def test_without_a_token_one_is_told_where_to_get_it_and_finds_it_there(tmp_path):
    async def story(house):
        status, headers, _ = await house.call("")
        assert status == 401
        challenge = headers["www-authenticate"]
        url = challenge.partition('resource_metadata="')[2].rstrip('"')
        assert challenge == f'Bearer realm="yett", resource_metadata="{url}"'
        assert url == f"{house.base}/.well-known/oauth-protected-resource/demo/mcp"
        status, headers, body = await house.ask("GET", url.removeprefix(house.base))
        assert (status, headers["access-control-allow-origin"]) == (200, "*")
        assert json.loads(body) == {
            "resource": f"{house.base}/demo/mcp",
            "authorization_servers": [house.issuer.url],
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": ["ES256", "ES384", "ES512", "EdDSA", "PS256", "RS256"],
            "scopes_supported": ["demo:admin", "demo:write"],
        }
        root = json.loads((await house.ask("GET", "/.well-known/oauth-protected-resource"))[2])
        assert root["resource"] == house.base

    within(tmp_path, story)


def test_metadata_is_the_same_whatever_name_a_request_uses_and_refused_under_a_foreign_one(tmp_path):
    async def story(house):
        path = "/.well-known/oauth-protected-resource"
        own = await house.ask("GET", path)
        other = await house.ask("GET", path, host=f"localhost:{house.instance.port}")
        forwarded = await house.ask("GET", path, headers=["x-forwarded-host: evil.example", "x-forwarded-proto: https"])
        assert own[2] == other[2] == forwarded[2]
        assert (await house.ask("GET", path, host="evil.example"))[0] == 421
        assert (await house.ask("GET", path, headers=["origin: https://evil.example"]))[0] == 200

    within(tmp_path, story)


def test_a_call_that_needs_a_scope_says_exactly_which(tmp_path):
    async def story(house):
        status, headers, _ = await house.call(house.token(), "delete_all")
        assert status == 403
        said = headers["www-authenticate"]
        assert said.startswith(
            'Bearer realm="yett", error="insufficient_scope", scope="demo:admin", resource_metadata="'
        )
        assert house.backend.calls == []
        status, _, _ = await house.call(house.token(scope="demo:admin"), "delete_all")
        assert (status, house.backend.calls) == (200, ["delete_all"])
        [refusal] = [record for record in house.records() if record["kind"] == "refusal"]
        assert (refusal["reason"], refusal["who"]["subject"]) == ("access.scope-missing", "alice")

    within(tmp_path, story)


def test_a_page_may_call_where_the_config_says_so_and_only_there(tmp_path):
    async def story(house):
        asked = ["access-control-request-method: POST", "access-control-request-headers: authorization, mcp-param-x"]
        page, foreign = "origin: https://page.example", "origin: https://evil.example"
        status, headers, body = await house.ask("OPTIONS", "/demo/mcp", headers=[page, *asked])
        assert (status, body) == (204, b"")
        assert headers["access-control-allow-origin"] == "https://page.example"
        assert "mcp-param-x" in headers["access-control-allow-headers"]
        status, headers, _ = await house.ask("OPTIONS", "/demo/mcp", headers=[foreign, *asked])
        assert status == 405
        assert not [name for name in headers if name.startswith("access-control")]
        status, headers, _ = await house.call(house.token(), headers=[page])
        assert (status, headers["access-control-allow-origin"]) == (200, "https://page.example")
        assert "www-authenticate" in headers["access-control-expose-headers"]
        status, headers, _ = await house.call("", headers=[page])
        assert (status, headers["access-control-allow-origin"]) == (401, "https://page.example")
        status, headers, _ = await house.call(house.token(), headers=[foreign])
        assert status == 403
        assert "access-control-allow-origin" not in headers

    within(tmp_path, story)


def test_a_token_for_one_server_opens_no_other(tmp_path):
    async def story(house):
        token = house.token()
        assert (await house.call(token))[0] == 200
        assert (await house.call(token, path="/other/mcp"))[0] == 401
        assert (await house.call(token))[0] == 200
        for_all = house.issuer.token(house.base)
        assert [(await house.call(for_all, path=path))[0] for path in ("/demo/mcp", "/other/mcp")] == [200, 200]

    within(tmp_path, story)


def test_tokens_of_ours_and_the_issuers_do_not_mean_each_others_users(tmp_path):
    async def story(house):
        assert (await house.call(house.token()))[0] == 200
        status, _, body = await house.call(house.token(sub="bob"))
        assert (status, json.loads(body)["error"]["code"]) == (200, -32602)
        assert house.backend.calls == ["read"]

    within(tmp_path, story, others=", tokens: tokens.yaml", whose="keycloak:")


@pytest.mark.parametrize("mode", ["down", "broken", "garbage", "empty", "moved", "huge", "cut"])
def test_an_issuer_that_never_answered_right_is_our_trouble_and_not_the_callers(tmp_path, mode):
    async def story(house):
        source = house.instance.runtime.identity._jwt.trusted[0].keys
        while source._task is not None:  # the keys that are fetched at the start
            await asyncio.wait([source._task])
        house.issuer.mode = mode
        source._keys, source._tried_at = None, float("-inf")
        status, headers, body = await house.call(house.token())
        assert status == 503
        assert 1 <= int(headers["retry-after"]) <= 10
        assert "www-authenticate" not in headers
        assert b"169.254" not in body
        assert json.loads(body)["error"]["message"] == (
            "who is calling cannot be checked at the moment; try again later"
        )
        wrong = house.issuer.token("x", iss="https://else.example")
        assert (await house.call(wrong))[0] == 401
        ready = {check.name: check for check in house.instance.checks()}
        assert not ready["tokens"].ok
        assert "keycloak" in ready["tokens"].detail

    within(tmp_path, story)


def test_a_rotated_key_is_followed_and_a_withdrawn_one_refused(tmp_path):
    async def story(house):
        source = house.instance.runtime.identity._jwt.trusted[0].keys
        old = house.issuer.key
        assert (await house.call(house.token()))[0] == 200
        house.issuer.rotate(keep=True)
        source._tried_at = float("-inf")  # the cool-down is over
        assert (await house.call(house.token()))[0] == 200
        assert (await house.call(house.token(key=old, jti="old")))[0] == 200
        house.issuer.rotate(keep=False)
        source._tried_at = float("-inf")
        assert (await house.call(house.token()))[0] == 200
        assert (await house.call(house.token(key=old, jti="old")))[0] == 401
        await asyncio.sleep(1.1)
        events = [record for record in house.records() if record["kind"] == "event"]
        assert any("hold now" in str(event["fields"]) for event in events)

    within(tmp_path, story)


def test_a_reload_that_trusts_another_issuer_ends_the_trust_in_the_first(tmp_path):
    async def story(house):
        token = house.token()
        assert (await house.call(token))[0] == 200
        text = (house.folder / "yett.yaml").read_text()
        (house.folder / "yett.yaml").write_text(text.replace("/realms/acme", "/realms/other"))
        assert await house.instance.reload() == ""
        status, _, _ = await house.call(token)
        assert status == 401
        records = [record for record in house.records() if record["kind"] == "refusal"]
        assert records[-1]["reason"] == "jwt.issuer"

    within(tmp_path, story)


ASKING = ', introspection: {{ url: "{issuer}/introspect", client_id: yett, client_secret: "${{file:secret}}" }}'


def test_an_opaque_token_is_asked_about_and_fails_closed(tmp_path):
    async def story(house):
        claims = {"active": True, "sub": "alice", "aud": f"{house.base}/demo/mcp", "scope": "demo:admin"}
        house.issuer.active["opaque-1"] = claims
        assert (await house.call("opaque-1", "delete_all"))[0] == 200
        assert (await house.call("opaque-1"))[0] == 200
        assert [page for page in house.issuer.asked if page.endswith("introspect")] == ["/realms/acme/introspect"]
        assert (await house.call("opaque-2"))[0] == 401
        house.issuer.mode = "down"
        status, headers, _ = await house.call("opaque-3")
        assert (status, "www-authenticate" in headers) == (503, False)
        assert int(headers["retry-after"]) >= 1
        assert (await house.call("opaque-1"))[0] == 200
        assert house.backend.calls == ["delete_all", "read", "read"]
        refusals = [record["reason"] for record in house.records() if record["kind"] == "refusal"]
        assert refusals == ["opaque.inactive", "opaque.unavailable"]
        assert "s3cret" not in json.dumps(house.records())

    (tmp_path / "secret").write_text("s3cret")
    (tmp_path / "secret").chmod(0o600)
    within(tmp_path, story, config=CONFIG.replace("{more}", ASKING))


def test_who_is_revoked_is_refused_and_loses_what_is_open(tmp_path):
    async def story(house):
        token = house.token(jti="t-1", sid="s-1")
        assert (await house.call(token))[0] == 200
        stream, writer = await listening(house, token)
        command = ["session:s-1", *("-c", str(tmp_path / "yett.yaml"))]
        revoked = await asyncio.to_thread(CliRunner().invoke, revoke, command)
        assert (revoked.exit_code, revoked.stdout) == (0, "revoked session:s-1\n")
        await asyncio.wait_for(stream.read(), 30)  # it ends
        writer.close()
        status, _, body = await house.call(token)
        assert status == 401
        assert b"revoked" not in body  # callers are told what they are told of every token that is not good
        assert (await house.call(house.token(sid="s-2")))[0] == 200
        [*_, refusal] = [record for record in house.records() if record["kind"] == "refusal"]
        assert (refusal["reason"], refusal["detail"]) == ("identity.revoked", "session:s-1")
        [*_, ended] = [record for record in house.records() if record.get("status") == "aborted"]
        assert ended["detail"] == "no longer allowed: identity.revoked"

    within(tmp_path, story, others=", revoked: revoked.jsonl")


async def listening(house, token):
    meta = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": {}}
    params = {"notifications": {"toolsListChanged": True}, "_meta": meta}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params}).encode()
    lines = [
        *("POST /demo/mcp HTTP/1.1", f"host: {house.base[7:]}", f"authorization: Bearer {token}"),
        *("content-type: application/json", "accept: application/json, text/event-stream"),
        *(f"mcp-protocol-version: {VERSION}", "mcp-method: subscriptions/listen", f"content-length: {len(body)}"),
    ]
    reader, writer = await asyncio.open_connection("127.0.0.1", house.instance.port)
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    assert b" 200 " in await reader.readline()
    return reader, writer
