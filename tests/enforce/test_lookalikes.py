from __future__ import annotations

import asyncio
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from yett.enforce.lookalikes import is_near


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/mcp",
            "/mcp/",
            "/mcp/x",
            "//mcp",
            "/./mcp",
            "/x/../mcp",
            "/%6dcp",
            "/%256dcp",
            "/%2525256dcp",
            "/MCP",
            "/Mcp/",
        ),
        *("\\mcp", "/mcp;x=1", "/;a/mcp", "/mcp%2f..%2fx", "/mcp%00", "/ mcp", "/mcp\x00", "/mc\u00adp", "/../mcp"),
        *("/mcp//", "/mcp/..", "mcp"),
    ],
)
def test_what_a_router_could_take_for_the_endpoint_is_near_it(path):
    assert is_near(path, "/mcp")


@pytest.mark.parametrize("path", ["/", "/mcpx", "/mc", "/api/mcp", "/mcp.json", "/health", "/mcp-docs/x", "/a%20b"])
def test_other_paths_are_not(path):
    assert not is_near(path, "/mcp")


def test_an_endpoint_of_several_parts():
    assert is_near("/api/v1//mcp", "/api/v1/mcp")
    assert not is_near("/api/v1", "/api/v1/mcp")


@given(st.text(alphabet="/mcpMCP.%2fFx;\\ ", max_size=12))
def test_whatever_decodes_to_the_endpoint_is_near_it(path):
    if unquote(path) in ("/mcp", "/mcp/") or path.lower() == "/mcp":
        assert is_near(path, "/mcp")


@given(st.text(max_size=20))
def test_any_text_is_judged(path):
    is_near(path, "/mcp")
    is_near(quote(path, safe=""), "/mcp")


def _reached(path: str, routes) -> bool:
    """Whether Starlette, asked for this path, lets the endpoint answer: at once, or after a redirect of its own."""
    reached = []

    async def endpoint(scope, receive, send) -> None:
        reached.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(event) -> None:
        return

    app = Starlette(routes=routes(endpoint))
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": b"", "query_string": b"", "headers": []}
    asyncio.run(app({**scope, "root_path": "", "server": ("h", 80), "scheme": "http"}, receive, send))
    return bool(reached)


_PATH = st.text(alphabet="/mcp.%2fFMC;\\ ", max_size=10).map(lambda rest: "/" + rest) | st.sampled_from(
    ["/mcp", "/mcp/", "/mcp/x", "//mcp", "/mcp/../x", "/x/../mcp", "/MCP"]
)


@settings(max_examples=300)
@given(_PATH)
def test_no_path_that_starlette_leads_to_the_endpoint_passes_unjudged(path):
    def mounted(endpoint):
        return [Mount("/mcp", app=endpoint)]

    def routed(endpoint):
        return [Route("/mcp", endpoint=_Endpoint(endpoint))]

    for routes in (mounted, routed):
        if _reached(path, routes):
            assert is_near(path, "/mcp")


class _Endpoint:
    """An ASGI app as a route's endpoint: Starlette takes a function for something else."""

    def __init__(self, app) -> None:
        self._app = app

    async def __call__(self, scope, receive, send) -> None:
        await self._app(scope, receive, send)
