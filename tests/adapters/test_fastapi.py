"""A FastAPI app with an MCP server inside and Yett around it, asked by a real HTTP client without a socket."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import AsyncExitStack
from typing import Annotated

import httpx2
import pytest
from fastapi import Depends, FastAPI
from mcp.server.mcpserver import MCPServer

from yett import Principal, protect
from yett.adapters.fastapi import current_principal, require_role
from yett.core.exchange import ANONYMOUS
from yett.identity.entry import Entry
from yett.identity.own_tokens import ISSUER
from yett.identity.token_file import TokenFile
from yett.identity.tokens import mint

CONFIG = """\
listen: http://127.0.0.1:8000
auth: { tokens: tokens.yaml }
servers: { demo: { inline: true } }
roles:
  reader: { members: [user:alice], allow: [demo.whoami] }
  admin: { members: [user:root], include: [reader], allow: ["demo.*"] }
"""
HOST = "http://127.0.0.1:8000"


def _app():
    server = MCPServer("demo")

    @server.tool()
    def whoami() -> str:
        return "somebody"

    inner = server.streamable_http_app()

    async def lifespan(_app):
        async with inner.router.lifespan_context(inner):
            yield

    from contextlib import asynccontextmanager

    app = FastAPI(lifespan=asynccontextmanager(lifespan))

    @app.get("/open")
    async def open_page() -> str:
        return "open"

    @app.get("/me")
    async def me(caller: Annotated[Principal, Depends(current_principal)]) -> str:
        return f"{caller.issuer}:{caller.subject}"

    @app.get("/admin")
    async def admin(caller: Annotated[Principal, Depends(require_role("admin"))]) -> str:
        return caller.subject

    @app.get("/reader")
    async def reader(caller: Annotated[Principal, Depends(require_role("reader"))]) -> str:
        return caller.subject

    @app.get("/nobody")
    async def nobody(caller: Annotated[Principal, Depends(require_role("no-such-role"))]) -> str:
        return caller.subject

    app.mount("/", inner)
    return app


async def _running(app, stack: AsyncExitStack) -> None:
    asked: asyncio.Queue = asyncio.Queue()
    told: asyncio.Queue = asyncio.Queue()
    task = asyncio.create_task(app({"type": "lifespan", "state": {}}, asked.get, told.put))
    await asked.put({"type": "lifespan.startup"})
    assert (await told.get())["type"] == "lifespan.startup.complete"

    async def end() -> None:
        await asked.put({"type": "lifespan.shutdown"})
        await task

    stack.push_async_callback(end)


def _token(tmp_path, user: str) -> str:
    minted = mint(hashlib.sha512(user.encode()).digest()[:40])
    entry = Entry(id=minted.key_id, digest=minted.digest, user=user, expires=None)
    TokenFile(tmp_path / "tokens.yaml").add(entry)
    return minted.token


def _play(tmp_path, story, config: str = CONFIG) -> None:
    (tmp_path / "yett.yaml").write_text(config)

    async def whole() -> None:
        app = protect(_app(), tmp_path / "yett.yaml")
        async with AsyncExitStack() as stack:
            await _running(app, stack)
            transport = httpx2.ASGITransport(app=app)
            client = await stack.enter_async_context(httpx2.AsyncClient(transport=transport, base_url=HOST))
            await story(client)

    asyncio.run(whole())


def test_plain_routes_know_the_caller_by_the_same_config(tmp_path):
    alice, root = _token(tmp_path, "alice"), _token(tmp_path, "root")

    async def story(client) -> None:
        assert (await client.get("/open")).json() == "open"
        as_alice, as_root = ({"Authorization": f"Bearer {token}"} for token in (alice, root))
        assert (await client.get("/me", headers=as_alice)).json() == f"{ISSUER}:alice"
        assert (await client.get("/reader", headers=as_alice)).json() == "alice"
        assert (await client.get("/reader", headers=as_root)).json() == "root"  # `admin` includes `reader`
        assert (await client.get("/admin", headers=as_root)).json() == "root"
        denied = await client.get("/admin", headers=as_alice)
        assert (denied.status_code, denied.json()["detail"]) == (403, "this needs the role `admin`")
        assert (await client.get("/nobody", headers=as_root)).status_code == 403

    _play(tmp_path, story)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}])
def test_without_a_good_credential_the_answer_says_how_to_sign_in(tmp_path, headers):
    _token(tmp_path, "alice")

    async def story(client) -> None:
        for path in ("/me", "/admin"):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer ")

    _play(tmp_path, story)


def test_anonymous_callers_have_no_role_of_their_own(tmp_path):
    config = CONFIG.replace("tokens: tokens.yaml", "unsafe_allow_anonymous: true").replace(
        "reader: { members: [user:alice]", "everyone: { "
    )
    config = config.replace("everyone: { ,", "everyone: {").replace("include: [reader], ", "")

    async def story(client) -> None:
        assert (await client.get("/me")).json() == f"{ANONYMOUS.issuer}:{ANONYMOUS.subject}"
        assert (await client.get("/admin")).status_code == 403

    _play(tmp_path, story, config)


def test_without_protect_the_dependencies_let_nobody_pass():
    async def story() -> None:
        transport = httpx2.ASGITransport(app=_app())
        async with httpx2.AsyncClient(transport=transport, base_url=HOST) as client:
            assert (await client.get("/me")).status_code == 503

    asyncio.run(story())


def test_the_mcp_endpoint_beside_them_is_judged(tmp_path):
    async def story(client) -> None:
        assert (await client.post("/mcp", json={})).status_code == 401

    _token(tmp_path, "alice")
    _play(tmp_path, story)
