"""The examples of the pages about the config are configs, and the warnings that they list are those that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from yett.config.diagnostic import InvalidConfig, as_text
from yett.config.load import parse

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs" / "how-to"
PAGES = [HOW_TO / "write-a-config.md", HOW_TO / "secrets.md", HOW_TO / "sign-in.md", HOW_TO / "wrap-a-stdio-server.md"]
OF_CLIENTS = {HOW_TO / "wrap-a-stdio-server.md"}
"""Their JSON is what a client's own file says."""
FENCE = re.compile(r"^```(yaml|json)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EXAMPLES = [
    pytest.param(found[2], id=f"{page.stem}-{number}")
    for page in PAGES
    for number, found in enumerate(FENCE.finditer(page.read_text(encoding="utf-8")))
    if not (found[1] == "json" and page in OF_CLIENTS)
]
REST = {
    "auth": "auth: { tokens: tokens.yaml }\n",
    "servers": "servers: { demo: http://a, github: http://b, jira: http://c, git: http://d, files: http://e, "
    "weather: http://f }\n",
    "roles": "roles: { reader: { allow: ['*.*'] } }\n",
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_config(example, tmp_path):
    for name in ("tls.crt", "tls.key", "internal-ca.pem", "corporate-ca.pem"):
        (tmp_path / name).touch()
    text = example.replace("/tls/", f"{tmp_path}/")
    text += "".join(line for key, line in REST.items() if not re.search(rf'^(  ")?{key}"?:', text, re.MULTILINE))
    if "mcpServers" in text:
        text = example
    environment = {"GIT_AUTHOR": "yett", "GITHUB_TOKEN": "made-up"}
    assert parse(text.encode(), tmp_path / "yett.yaml", environment=environment, secrets=False)


def test_the_page_lists_every_warning():
    rules = set(re.findall(r'_warn\(\s*"([a-z-]+)"', (ROOT / "src/yett/config/lint.py").read_text(encoding="utf-8")))
    sources = [(ROOT / f"src/yett/config/{name}.py").read_text(encoding="utf-8") for name in ("lint", "client_entries")]
    rules |= {code for source in sources for code in re.findall(r'code="([a-z-]+)"', source)}
    listed = set(
        re.findall(r"^\| `([a-z-]+)` \|", (HOW_TO / "write-a-config.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert listed == rules


def test_the_error_on_the_page_is_the_one_that_is_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    roles = "roles:\n  reader:\n    members: []\n\n\n    deney: [github.create_webhook]\n"
    with pytest.raises(InvalidConfig) as caught:
        parse(f"{REST['auth']}{REST['servers']}{roles}".encode(), Path("yett.yaml"))
    [diagnostic] = caught.value.diagnostics
    assert as_text(diagnostic) in (HOW_TO / "write-a-config.md").read_text(encoding="utf-8")
