from __future__ import annotations

from yett.config.endpoints import endpoints, names, public_url, resources, routes

TWO = """
auth: { tokens: tokens.yaml }
servers: { a: http://127.0.0.1:3001/mcp, b: http://127.0.0.1:3002/mcp }
roles: { everyone: { allow: [a.echo] } }
"""


def test_the_public_url_is_the_configs_and_has_no_slash_at_its_end(config):
    for written in ("https://MCP.acme.example", "https://mcp.acme.example/", "https://mcp.acme.example:443"):
        assert public_url(config(f"url: {written}{TWO}"), 8080) == "https://mcp.acme.example"
    assert public_url(config(f"url: https://mcp.acme.example:8443{TWO}"), 1) == "https://mcp.acme.example:8443"
    assert public_url(config(f'listen: "http://[::1]:0"{TWO}'), 8080) == "http://[::1]:8080"
    assert public_url(config(f"listen: http://127.0.0.1:80{TWO}"), 80) == "http://127.0.0.1"


def test_each_server_has_its_path_and_a_single_one_a_short_one_too(config):
    assert endpoints(config()) == {"demo": ("/demo/mcp", "/mcp")}
    assert endpoints(config(TWO)) == {"a": ("/a/mcp",), "b": ("/b/mcp",)}
    assert routes(config()) == {b"/demo/mcp": "demo", b"/mcp": "demo"}


def test_each_endpoint_is_a_resource_of_its_own(config):
    assert resources(config(f"url: https://m.example{TWO}"), 1) == {
        "a": frozenset({"https://m.example/a/mcp"}),
        "b": frozenset({"https://m.example/b/mcp"}),
    }


def test_a_listener_on_the_loopback_has_all_of_its_names():
    assert names("127.0.0.1", 80) >= {"localhost", "localhost:80", "[::1]", "127.0.0.1:80"}
    assert names("mcp.example.com", 8443, "https") == {"mcp.example.com:8443"}
