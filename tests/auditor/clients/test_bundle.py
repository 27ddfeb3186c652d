import json

from yett.auditor.clients.bundle import claims, parse
from yett.auditor.subject import Skipped

MANIFEST = {
    "manifest_version": "0.3",
    "name": "crm",
    "server": {
        "mcp_config": {
            "command": "node",
            "args": ["${__dirname}/i.js"],
            "platform_overrides": {"win32": {"command": "node.exe"}},
        }
    },
    "user_config": {"key": {"type": "string", "sensitive": True}, "region": {"type": "string"}},
}


def test_a_manifest_says_what_it_starts_and_what_it_asks_for():
    text = json.dumps(MANIFEST)
    assert claims("manifest.json", text)
    found = parse("manifest.json", text)
    assert [launch.words for launch in found.launches] == [("node", "${__dirname}/i.js"), ("node.exe",)]
    assert [(each.name, each.text, each.secret) for each in found.asks] == [
        ("key", "string", True),
        ("region", "string", False),
    ]


def test_a_browser_extension_is_none():
    assert not claims("manifest.json", '{"manifest_version": 3}')


def test_what_is_no_json_is_skipped():
    assert (
        isinstance(parse("manifest.json", '"mcp_config"'), Skipped)
        or not parse("manifest.json", '"mcp_config"').launches
    )
