from pathlib import Path

import pytest

from yett.auditor.installed import Installed, places, present

HOME, PROJECT = Path("/home/u"), Path("/work")


def where(client, platform, **environment):
    found = places(HOME, PROJECT, environment=environment, platform=platform)
    return [each.path.as_posix() for each in found if each.client == client]


@pytest.mark.parametrize(
    ("platform", "environment", "path"),
    [
        ("linux", {}, "/home/u/.config/Claude/claude_desktop_config.json"),
        ("linux", {"XDG_CONFIG_HOME": "/x"}, "/x/Claude/claude_desktop_config.json"),
        ("darwin", {}, "/home/u/Library/Application Support/Claude/claude_desktop_config.json"),
        ("win32", {"APPDATA": "/r"}, "/r/Claude/claude_desktop_config.json"),
        ("win32", {}, "/home/u/AppData/Roaming/Claude/claude_desktop_config.json"),
    ],
)
def test_each_system_keeps_settings_elsewhere(platform, environment, path):
    assert where("claude-desktop", platform, **environment) == [path]


def test_the_project_comes_first():
    assert where("cursor", "linux") == ["/work/.cursor/mcp.json", "/home/u/.cursor/mcp.json"]


def test_a_variable_moves_a_client():
    assert where("codex", "linux", CODEX_HOME="/c") == ["/work/.codex/config.toml", "/c/config.toml"]


def test_no_place_is_named_twice():
    found = places(HOME, HOME, environment={}, platform="linux")
    assert len({each.path for each in found}) == len(found)


def test_only_what_is_there_is_present(tmp_path):
    config = tmp_path / ".cursor" / "mcp.json"
    config.parent.mkdir()
    config.write_text("{}")
    (tmp_path / ".claude.json").mkdir()
    assert list(present(tmp_path, tmp_path / "p", environment={}, platform="linux")) == [Installed("cursor", config)]
