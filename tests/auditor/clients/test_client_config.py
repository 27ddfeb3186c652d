import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.clients.client_config import ClientConfig, claims, parse
from yett.auditor.subject import Skipped

SERVER = {"command": "npx", "args": ["a"]}
FORMS = [
    (".mcp.json", {"mcpServers": {"a": SERVER}}),
    (".vscode/mcp.json", {"servers": {"a": SERVER}}),
    ("settings.json", {"context_servers": {"a": {"command": {"path": "npx", "args": ["a"]}}}}),
    ("opencode.json", {"mcp": {"a": {"type": "local", "command": ["npx", "a"]}}}),
    (".claude.json", {"projects": {"/home/me/x": {"mcpServers": {"a": SERVER}}}}),
    ("continue.json", {"mcpServers": [{"name": "a", **SERVER}]}),
    ("settings.json", {"mcp": {"servers": {"a": SERVER}}}),
]


@pytest.mark.parametrize(("path", "content"), FORMS)
def test_every_clients_form_is_read(path, content):
    text = json.dumps(content)
    assert claims(path, text)
    found = parse(path, text)
    assert [(launch.name, launch.words) for launch in found.launches] == [("a", ("npx", "a"))]


def test_toml_and_yaml_are_read_too():
    toml = parse("config.toml", '[mcp_servers.a]\ncommand = "npx"\nargs = ["a"]\n')
    yaml = parse("config.yaml", "extensions:\n  a:\n    cmd: npx\n    args: [a]\n")
    assert [each.launches[0].words for each in (toml, yaml)] == [("npx", "a")] * 2


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("package.json", '{"mcpServers": {}}'),
        ("tsconfig.json", '{"extends": "x"}'),
        ("README.md", '"mcpServers": {}'),
        ("yett.yaml", "mcpServers: {}"),
        ("data.json", '{"servers": {}}'),
    ],
)
def test_other_files_are_left_to_others(path, content):
    assert not claims(path, content)


def test_what_cannot_be_read_is_said_with_its_line():
    assert parse("mcp.json", '{\n"mcpServers": {]') == Skipped(
        path="mcp.json", why="expected a text in double quotes, line 2"
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["mcpServers", "servers", "mcp", "command", "args", "env", "url", "projects", "inputs"]
                ),
                inner,
            )
        ),
        max_leaves=12,
    ),
    st.sampled_from([".json", ".yaml", ".toml"]),
)
def test_any_content_is_read_or_skipped(value, suffix):
    assert isinstance(parse(f"mcp{suffix}", json.dumps(value)), ClientConfig | Skipped)
