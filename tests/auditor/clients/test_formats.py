from yett.auditor.clients.formats import FORMATS
from yett.auditor.gather import gather
from yett.auditor.judge import judge
from yett.auditor.registry import all_rules


def test_a_file_is_of_one_kind_only():
    files = {
        "server.json": b'{"packages": []}',
        ".mcp.json": b'{"mcpServers": {}}',
        "manifest.json": b'{"server": {"mcp_config": {}}}',
    }
    assert [type(subject).__name__ for subject in gather(files, FORMATS).subjects] == [
        "ClientConfig",
        "Bundle",
        "ServerJson",
    ]


def test_rules_do_not_break_on_odd_servers():
    odd = b'{"mcpServers": {"": {"command": "npx"}, "b": {"url": "http://["}, "c": {"command": "sudo"}}}'
    report = judge(gather({"mcp.json": odd}, FORMATS).subjects, all_rules())
    assert not report.broken
