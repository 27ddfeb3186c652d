from __future__ import annotations

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
