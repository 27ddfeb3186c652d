from __future__ import annotations

import json

import pytest

from yett.config.client_entries import IGNORED

HEAD = '"auth": {"tokens": "t"}, "roles": {"reader": {"allow": ["*.*"]}}'


def client(entry: object, key: str = "mcpServers", more: str = "") -> str:
    return f'{{"{key}": {{"demo": {json.dumps(entry)}}}, {more}{HEAD}}}'


@pytest.mark.parametrize("key", ["mcpServers", "servers"])
@pytest.mark.parametrize(
    "entry",
    [
        {"url": "http://a/mcp"},
        {"httpUrl": "http://a/mcp"},
        {"type": "http", "url": "http://a/mcp"},
        {"type": "streamable-http", "url": "http://a/mcp"},
        {"type": "streamableHttp", "url": "http://a/mcp"},
        {"transport": "http", "url": "http://a/mcp"},
        {"url": "http://a/mcp", "disabled": False},
    ],
)
def test_clients_write_the_same_server_in_many_ways(config, key, entry):
    read = config(client(entry, key))
    assert read == config(client("http://a/mcp"))
    assert read.warnings[:-2] == ()


def test_a_process_may_say_that_it_is_one(config):
    assert config(client({"type": "stdio", "command": "uvx"})) == config(client({"command": "uvx"}))


def test_a_schema_and_empty_inputs_are_passed_over(config):
    assert config(client("http://a/mcp", more='"$schema": "https://x", "inputs": [], ')) == config(
        client("http://a/mcp")
    )


@pytest.mark.parametrize("key", sorted(IGNORED))
def test_what_clients_keep_for_themselves_is_a_warning(warnings, key):
    [warning] = warnings(client({"url": "http://a/mcp", key: ["x"]}))
    assert (warning.code, warning.message) == ("client-setting", f"`{key}` is a setting for clients; Yett ignores it")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"url": "http://a", "httpUrl": "http://b"}, "both `url` and `httpUrl`"),
        ({"url": "http://a", "type": "sse"}, "the SSE transport of 2024 is not spoken"),
        ({"url": "http://a", "type": "websocket"}, "unknown transport `websocket`"),
        ({"url": "http://a", "type": "htp"}, "unknown transport `htp`"),
        ({"url": "http://a", "type": 7}, "unknown key `type`"),
        ({"url": "http://a", "type": "stdio"}, "`stdio` does not fit an entry with `url`"),
        ({"command": "a", "transport": "http"}, "`http` does not fit an entry with `command`"),
        ({"url": "http://a", "disabled": True}, "a disabled server"),
        ({"url": "http://a", "disabled": "no"}, "unknown key `disabled`"),
        ({"type": "http"}, "neither `url` nor `command`"),
        ({"url": "http://a", "envFile": ".env"}, "unknown key `envFile`"),
        ({"url": "http://a", "timeout": 3000}, "unknown key `timeout`"),
    ],
)
def test_what_has_no_counterpart_is_refused(errors, entry, message):
    assert [error.partition(" ")[2] for error in errors(client(entry))] == [message]


def test_both_words_for_servers_are_one_too_many(errors):
    assert errors('{"servers": {}, "mcpServers": {"a": "http://a"}, ' + HEAD + "}") == [
        "1:17 both `servers` and `mcpServers`"
    ]


@pytest.mark.parametrize("more", ['"$schema": 7, ', '"inputs": {}, '])
def test_other_values_are_not_passed_over(errors, more):
    assert len(errors(client("http://a/mcp", more=more))) == 1


@pytest.mark.parametrize("servers", ["[]", "7", '"x"'])
def test_servers_of_another_shape_are_left_to_the_schema(errors, servers):
    [error] = errors('{"mcpServers": ' + servers + ", " + HEAD + "}")
    assert error.startswith("1:16 expected a mapping")
