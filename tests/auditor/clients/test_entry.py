import pytest

from yett.auditor.clients.entry import launch
from yett.auditor.documents.json_reader import read_json
from yett.config.node import START


def read(text):
    return launch("a", START, read_json(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"command": "npx", "args": ["-y", "a"]}', ("npx", "-y", "a")),
        ('{"command": "npx -y a"}', ("npx", "-y", "a")),
        ('{"command": ["npx", "-y", "a"]}', ("npx", "-y", "a")),
        ('{"command": {"path": "npx", "args": ["a"]}}', ("npx", "a")),
        ('{"cmd": "npx", "args": ["a"]}', ("npx", "a")),
        ('{"command": "/opt/my server"}', ("/opt/my server",)),
    ],
)
def test_every_clients_way_to_write_a_command_is_read(text, words):
    assert read(text).words == words


@pytest.mark.parametrize("key", ["url", "serverUrl", "httpUrl", "uri"])
def test_every_clients_word_for_a_url_is_read(key):
    assert read(f'{{"{key}": "https://a.example/mcp"}}').url.value == "https://a.example/mcp"


@pytest.mark.parametrize("key", ["env", "environment", "envs"])
def test_every_clients_word_for_the_environment_is_read(key):
    found = read(f'{{"command": "a", "{key}": {{"A": "b", "N": 1}}}}')
    assert [(each.name, each.text) for each in found.environment] == [("A", "b")]


def test_approval_of_everything_is_told_from_approval_of_one_tool():
    assert len(read('{"command": "a", "alwaysAllow": ["*"]}').approvals) == 1
    assert len(read('{"command": "a", "trust": true}').approvals) == 1
    assert not read('{"command": "a", "alwaysAllow": ["read"], "trust": false}').approvals


def test_what_starts_nothing_is_no_server():
    assert read('{"name": "x"}') is None
