"""A real identity provider (oidc-provider) and the official clients: the whole way in, and off it."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
import pytest
from mcp import MCPError
from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.oauth2 import AuthorizationCodeResult
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata

from yett.config.load import load
from yett.enforce.instance import Instance

HERE = Path(__file__).parent
NODE = HERE.parents[1] / ".real" / "node"

pytestmark = pytest.mark.registry

CONFIG = """\
listen: http://127.0.0.1:0
auth:
  issuer:
    url: "{issuer}"
    unsafe_allow_loopback: true
    introspection: {{ url: "{issuer}/token/introspection", client_id: yett, client_secret: "${{file:secret}}" }}
servers:
  demo: {{ url: "{upstream}", scopes: {{ "*": [demo:use], "delete_*": [demo:admin] }} }}
  opaque: {{ url: "{upstream}", scopes: {{ "*": [demo:use] }} }}
roles:
  reader: {{ members: [user:alice], allow: [demo.*, opaque.*] }}
"""


def _module(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Backend = _module("toy_backend", HERE / "test_gateway.py").Backend
mtls = _module("house_of_certificates", HERE / "test_mtls.py")


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The provider, on a free port."""
    if not (NODE / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("no Node here, or the provider was not fetched: run `make test-registry`")
    shutil.copy(HERE / "provider.mjs", NODE / "provider.mjs")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [shutil.which("node") or "node", str(NODE / "provider.mjs"), str(port)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield f"http://127.0.0.1:{port}"
        process.terminate()


class Person:
    """Signs in as somebody, with a browser of his own, and counts how often he is asked to."""

    REDIRECT = "http://127.0.0.1:1/callback"

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[dict[str, list[str]]] = []
        self.browser = httpx2.AsyncClient()
        self.result: AuthorizationCodeResult

    async def visit(self, url: str) -> None:
        """Follow the provider's pages to the end, saying yes."""
        self.asked.append(parse_qs(urlsplit(url).query))
        for _ in range(20):
            page = await self.browser.get(url)
            if page.has_redirect_location:
                url = str(page.url.join(page.headers["location"]))
                if url.startswith(self.REDIRECT):
                    said = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
                    self.result = AuthorizationCodeResult.model_validate(said)
                    return
                continue
            action = re.search(r'action="([^"]+)"', page.text)
            prompt = re.search(r'name="prompt" value="([^"]+)"', page.text)
            assert action is not None, page.text
            assert prompt is not None, page.text
            form = {"prompt": prompt[1], "login": self.name, "password": "made-up"}
            answer = await self.browser.post(str(page.url.join(action[1])), data=form)
            url = str(answer.url.join(answer.headers["location"]))
        raise AssertionError("no way in")

    async def code(self) -> AuthorizationCodeResult:
        return self.result


class Memory:
    """Keeps tokens and the client's registration."""

    tokens: Any = None
    client: Any = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class House:
    def __init__(self, instance: Instance, backend: Any, folder: Path) -> None:
        self.instance, self.backend, self.folder = instance, backend, folder
        self.base = f"http://127.0.0.1:{instance.port}"
        self.seen: list[tuple[int, str]] = []

    def signing_in(self, person: Person, memory: Memory, path: str = "/demo/mcp") -> OAuthClientProvider:
        metadata = OAuthClientMetadata(
            redirect_uris=[Person.REDIRECT],
            client_name="test",
            grant_types=["authorization_code", "refresh_token"],
            token_endpoint_auth_method="none",
            application_type="native",
        )
        return OAuthClientProvider(f"{self.base}{path}", metadata, memory, person.visit, person.code)

    async def call(self, auth: OAuthClientProvider, *tools: str, path: str = "/demo/mcp") -> list[str]:
        """Call tools with the official client; what came of each."""

        async def note(response: httpx2.Response) -> None:
            if str(response.url).startswith(f"{self.base}{path}"):
                self.seen.append((response.status_code, response.headers.get("www-authenticate", "")))

        hooks = {"response": [note]}
        async with (
            httpx2.AsyncClient(auth=auth, timeout=30, event_hooks=hooks) as http,
            Client(streamable_http_client(f"{self.base}{path}", http_client=http)) as client,
        ):
            answers = [await client.call_tool(tool, {}) for tool in tools]
        return [answer.content[0].text for answer in answers]

    def records(self) -> list[dict[str, Any]]:
        files = sorted((self.folder / "ledger").glob("*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]


def scopes(asked: dict[str, list[str]]) -> set[str]:
    """The scopes of an authorization request, without the one for refresh tokens that the client adds."""
    return set(asked["scope"][0].split()) - {"offline_access"}


def within(folder: Path, issuer: str, story: Any) -> None:
    async def main() -> None:
        (folder / "secret").write_text("introspects")
        (folder / "secret").chmod(0o600)
        async with Backend() as backend:
            (folder / "yett.yaml").write_text(CONFIG.format(issuer=issuer, upstream=backend.url))
            instance = Instance(folder / "yett.yaml", load(folder / "yett.yaml"))
            await instance.start()
            try:
                while not instance.runtime.catalogue.known("demo"):
                    await asyncio.sleep(0.01)
                await story(House(instance, backend, folder))
            finally:
                await instance.stop(0)

    asyncio.run(main())


def test_the_official_client_finds_its_way_in_steps_up_and_refreshes(tmp_path, issuer):
    async def story(house: House) -> None:
        alice, memory = Person("alice"), Memory()
        memory.client = OAuthClientInformationFull(
            client_id="claude", redirect_uris=[Person.REDIRECT], token_endpoint_auth_method="none", issuer=issuer
        )
        auth = house.signing_in(alice, memory)
        assert await house.call(auth, "read") == ["done"]
        assert house.backend.calls == ["read"]
        # Challenge, metadata, PKCE and the resource, as the specification has them.
        status, challenge = house.seen[0]
        assert (status, 'scope="demo:use"' in challenge) == (401, True)
        [asked] = alice.asked
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["resource"] == [f"{house.base}/demo/mcp"]
        assert scopes(asked) == {"demo:use"}
        assert "demo:admin" not in memory.tokens.scope

        # Step-up: the call that needs more says what, and the client comes back with it.
        assert await house.call(auth, "delete_all") == ["done"]
        steps = [challenge for status, challenge in house.seen if status == 403]
        assert len(steps) == 1
        assert 'error="insufficient_scope", scope="demo:admin demo:use"' in steps[0]
        assert scopes(alice.asked[1]) == {"demo:use", "demo:admin"}

        # Refresh: a token that is over is exchanged, and nobody is asked.
        before = memory.tokens.access_token
        auth.context.token_expiry_time = 1.0
        assert await house.call(auth, "read") == ["done"]
        assert memory.tokens.access_token != before
        assert len(alice.asked) == 2

        who = [
            record["who"]
            for record in house.records()
            if record["kind"] == "intent" and record["method"] == "tools/call"
        ]
        assert {(one["issuer"], one["subject"], one["source"]) for one in who} == {(issuer, "alice", "issuer")}
        assert all(one["client"] == "claude" and one["credential"] for one in who)
        await alice.browser.aclose()

    within(tmp_path, issuer, story)


def test_a_token_for_one_endpoint_of_the_gateway_opens_no_other(tmp_path, issuer):
    async def story(house: House) -> None:
        alice, memory = Person("alice"), Memory()
        assert await house.call(house.signing_in(alice, memory), "read") == ["done"]
        token = memory.tokens.access_token
        async with httpx2.AsyncClient() as http:
            for path, status in (("/demo/mcp", 400), ("/opaque/mcp", 401)):
                headers = {"authorization": f"Bearer {token}", "accept": "application/json, text/event-stream"}
                answer = await http.post(f"{house.base}{path}", headers=headers, json={})
                assert answer.status_code == status
        await alice.browser.aclose()

    within(tmp_path, issuer, story)


def test_somebody_without_a_role_is_signed_in_and_may_do_nothing(tmp_path, issuer):
    async def story(house: House) -> None:
        mallory = Person("mallory")
        told = ""
        try:
            await house.call(house.signing_in(mallory, Memory()), "read")
        except* MCPError as refused:
            told = repr(refused.exceptions)
        assert "unknown tool" in told
        refusals = [record for record in house.records() if record["kind"] == "refusal"]
        [refusal] = [record for record in refusals if record["reason"] != "token.missing"]
        assert (refusal["reason"], refusal["who"]["subject"]) == ("access.not-granted", "mallory")
        assert house.backend.calls == []
        await mallory.browser.aclose()

    within(tmp_path, issuer, story)


def test_an_opaque_token_of_a_real_provider_is_introspected_and_its_revocation_heard_of(tmp_path, issuer):
    async def story(house: House) -> None:
        alice, memory = Person("alice"), Memory()
        auth = house.signing_in(alice, memory, "/opaque/mcp")
        assert await house.call(auth, "read", path="/opaque/mcp") == ["done"]
        token = memory.tokens.access_token
        assert "." not in token
        async with httpx2.AsyncClient() as http:
            form = {"token": token, "client_id": memory.client.client_id}
            assert (await http.post(f"{issuer}/token/revocation", data=form)).status_code == 200
            house.instance.runtime.identity.purge()  # what was believed for 30 s is over
            answer = await http.post(f"{house.base}/opaque/mcp", headers={"authorization": f"Bearer {token}"}, json={})
        assert answer.status_code == 401
        assert [record["reason"] for record in house.records() if record["kind"] == "refusal"][-1] == "opaque.inactive"
        await alice.browser.aclose()

    within(tmp_path, issuer, story)


def test_the_official_typescript_client_finds_its_way_in_steps_up_and_refreshes(tmp_path, issuer):
    async def story(house: House) -> None:
        shutil.copy(HERE / "client_oauth.mjs", NODE / "client_oauth.mjs")
        program = (shutil.which("node") or "node", str(NODE / "client_oauth.mjs"), f"{house.base}/demo/mcp", "alice")
        process = await asyncio.create_subprocess_exec(
            *program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        said, trouble = await process.communicate()
        assert process.returncode == 0, trouble.decode()
        told = json.loads(said)
        assert (told["said"], told["refreshed"]) == (["done", "done", "done"], True)
        assert house.backend.calls == ["read", "delete_all", "read"]
        first, second = told["asked"]
        assert first["resource"] == f"{house.base}/demo/mcp"
        assert (first["code_challenge_method"], second["code_challenge_method"]) == ("S256", "S256")
        assert set(first["scope"].split()) - {"offline_access"} == {"demo:use"}
        assert set(second["scope"].split()) - {"offline_access"} == {"demo:use", "demo:admin"}
        refused = {record["reason"] for record in house.records() if record["kind"] == "refusal"}
        assert refused == {"token.missing", "access.scope-missing", "jwt.signature"}

    within(tmp_path, issuer, story)


BOUND = """\
listen: https://localhost:0
tls: {{{{ cert: tls.crt, key: tls.key, client_ca: ca.pem, clients: optional }}}}
auth:
  issuer:
    url: "{provider}"
    unsafe_allow_loopback: true
    require_binding: true
servers:
  demo: {{{{ url: "{{upstream}}" }}}}
roles:
  machine: {{{{ members: [client:machine], allow: [demo.*] }}}}
ledger: {{{{ path: ledger }}}}
"""


def test_a_token_that_the_provider_binds_opens_with_its_certificate_alone(tmp_path, issuer):
    async def story(house):
        async with httpx2.AsyncClient(auth=("machine", "made-up")) as http:
            answer = await http.post(
                f"{issuer}/token",
                data={"grant_type": "client_credentials", "resource": f"{house.base}/demo/mcp", "scope": "demo:use"},
                headers={"x-certificate": quote(mtls.ALICE.pem.decode())},
            )
        token = answer.json()["access_token"]
        seen = []
        for house.pair in (mtls.BOB, None, mtls.ALICE, mtls.BOB, None):
            seen.append(await house.told(token))
        assert seen == [401, 401, 200, 401, 401]
        assert set(await house.refused()) == {"jwt.bound"}

    mtls.within(tmp_path, story, config=BOUND.format(provider=issuer))
