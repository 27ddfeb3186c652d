"""Where MCP clients keep their configs: on every system, for every client we know, below the home and in a project."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple


class Installed(NamedTuple):
    """One config of a client: whose it is, and where it is (or would be)."""

    client: str
    path: Path


# Each client's own documentation names these; `{config}` is where the system keeps settings of programs.
_HOME: Final = (
    ("claude-desktop", "{config}/Claude/claude_desktop_config.json"),
    ("claude-code", ".claude.json"),
    ("claude-code", ".claude/settings.json"),
    ("cursor", ".cursor/mcp.json"),
    ("vscode", "{config}/Code/User/mcp.json"),
    ("vscode", "{config}/Code/User/settings.json"),
    ("vscode-insiders", "{config}/Code - Insiders/User/mcp.json"),
    ("vscodium", "{config}/VSCodium/User/mcp.json"),
    ("copilot", "{COPILOT_HOME}/mcp-config.json"),
    ("windsurf", ".codeium/windsurf/mcp_config.json"),
    ("cline", "{config}/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"),
    ("roo-code", "{config}/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"),
    ("gemini-cli", ".gemini/settings.json"),
    ("codex", "{CODEX_HOME}/config.toml"),
    ("goose", "{xdg}/goose/config.yaml"),
    ("opencode", "{xdg}/opencode/opencode.json"),
    ("zed", "{xdg}/zed/settings.json"),
    ("kiro", ".kiro/settings/mcp.json"),
    ("amazon-q", ".aws/amazonq/mcp.json"),
    ("lm-studio", ".lmstudio/mcp.json"),
    ("continue", ".continue/config.yaml"),
    ("inspector", ".mcp-inspector/mcp.json"),
)
_PROJECT: Final = (
    ("claude-code", ".mcp.json"),
    ("cursor", ".cursor/mcp.json"),
    ("vscode", ".vscode/mcp.json"),
    ("gemini-cli", ".gemini/settings.json"),
    ("roo-code", ".roo/mcp.json"),
    ("kiro", ".kiro/settings/mcp.json"),
    ("amazon-q", ".amazonq/mcp.json"),
    ("opencode", "opencode.json"),
    ("codex", ".codex/config.toml"),
)


def places(
    home: Path, project: Path, *, environment: Mapping[str, str] | None = None, platform: str = sys.platform
) -> tuple[Installed, ...]:
    """Every place where a client of this machine may have a config, the project's first; each once."""
    given = os.environ if environment is None else environment
    found = [Installed(client, project / place) for client, place in _PROJECT]
    found += [Installed(client, home / _filled(place, home, given, platform)) for client, place in _HOME]
    return tuple({each.path: each for each in reversed(found)}.values())[::-1]


def present(
    home: Path, project: Path, *, environment: Mapping[str, str] | None = None, platform: str = sys.platform
) -> Iterator[Installed]:
    """The configs that are there."""
    for each in places(home, project, environment=environment, platform=platform):
        try:
            if each.path.is_file():
                yield each
        except OSError:
            continue


def _filled(place: str, home: Path, given: Mapping[str, str], platform: str) -> Path:
    xdg = given.get("XDG_CONFIG_HOME") or str(home / ".config")
    config = {
        "darwin": str(home / "Library" / "Application Support"),
        "win32": given.get("APPDATA") or str(home / "AppData" / "Roaming"),
    }.get(platform, xdg)
    filled = place.replace("{config}", config).replace("{xdg}", xdg)
    for name, default in (("COPILOT_HOME", ".copilot"), ("CODEX_HOME", ".codex")):
        filled = filled.replace(f"{{{name}}}", given.get(name) or str(home / default))
    return Path(filled)
