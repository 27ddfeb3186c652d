from __future__ import annotations

import pytest

from yett.adapters.stdio import read, serve
from yett.config.servers import InlineServer
from yett.errors import ConfigError

CONFIG = """\
auth: {{ tokens: t }}
servers: {servers}
roles: {{ reader: {{ allow: ["*.echo"] }} }}
"""


def _written(tmp_path, servers: str):
    path = tmp_path / "yett.yaml"
    path.write_text(CONFIG.format(servers=servers))
    return path


def test_the_inline_server_of_the_config_is_meant(tmp_path):
    config, name, server = read(_written(tmp_path, "{ demo: { inline: true, path: /x } }"), "")
    assert (name, server) == ("demo", InlineServer(inline=True, path="/x"))
    assert read(config, "demo")[1:] == (name, server)


@pytest.mark.parametrize(
    ("servers", "name", "words"),
    [
        ("{ demo: http://127.0.0.1:1/mcp }", "", "the config has 0"),
        ("{ demo: http://127.0.0.1:1/mcp }", "demo", "is not this one"),
        ("{ demo: { inline: true } }", "other", "is not this one"),
    ],
)
def test_another_one_is_not(tmp_path, servers, name, words):
    with pytest.raises(ConfigError, match=words):
        read(_written(tmp_path, servers), name)


def test_where_nobody_could_be_let_in_nothing_is_served(tmp_path, monkeypatch):
    monkeypatch.delenv("YETT_TOKEN", raising=False)
    config, name, _ = read(_written(tmp_path, "{ demo: { inline: true } }"), "")

    async def app(scope, receive, send) -> None:
        raise AssertionError

    with pytest.raises(ConfigError, match="YETT_TOKEN"):
        serve(app, config, name)
