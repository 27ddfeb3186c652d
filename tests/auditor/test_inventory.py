import time

from yett.auditor.clients.client_config import parse
from yett.auditor.finding import Confidence, Finding, Place, Severity
from yett.auditor.inventory import servers_of
from yett.auditor.subject import Text

TOKEN = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
CONFIG = f"""{{"mcpServers": {{
  "issues": {{"command": "npx", "args": ["-y", "issues-mcp@1.2.3", "--token={TOKEN}"], "env": {{"A": "1", "B": "2"}}}},
  "web": {{"url": "https://user:{TOKEN}@mcp.example.com:8443/mcp?token={TOKEN}", "headers": {{"X-Key": "{TOKEN}"}}}},
  "odd": {{"url": "http://[x"}}
}}}}"""


def test_each_server_is_told_without_its_secrets():
    found = Finding(
        rule="r",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        place=Place(path="mcp.json"),
        message="server `issues` does",
        subject="",
    )
    servers = servers_of([Text(path="x", lines=()), parse("mcp.json", CONFIG)], [found])
    assert TOKEN not in repr(servers)
    assert [(server.name, dict(server.facts)) for server in servers] == [
        ("issues", {"transport": "stdio", "runs": "issues-mcp 1.2.3", "environment": "A, B", "findings": "1 high"}),
        (
            "web",
            {"transport": "http", "at": "https://mcp.example.com:8443", "headers": "X-Key", "findings": "none"},
        ),
        ("odd", {"transport": "http", "at": "a URL that cannot be read", "findings": "none"}),
    ]


def test_a_config_of_many_servers_costs_no_more_than_its_size():
    config = ",".join(f'"s{number}": {{"command": "npx", "args": ["-y", "p"]}}' for number in range(10_000))
    subject = parse("mcp.json", f'{{"mcpServers": {{{config}}}}}')
    findings = [
        Finding(
            rule="r",
            severity=Severity.LOW,
            confidence=Confidence.HIGH,
            place=Place(path="mcp.json"),
            message=f"server `s{number}` does",
            subject="",
        )
        for number in range(10_000)
    ]
    started = time.process_time()
    servers = servers_of([subject], findings)
    assert time.process_time() - started < 10
    assert len(servers) == 500
    assert dict(servers[7].facts)["findings"] == "1 low"
