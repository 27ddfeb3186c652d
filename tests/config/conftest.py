from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from yett.config.diagnostic import Diagnostic, InvalidConfig
from yett.config.load import parse
from yett.config.schema import Config

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "secrets"))

MINIMAL = """\
auth: { tokens: tokens.yaml }
servers:
  demo: http://127.0.0.1:3001/mcp
roles:
  reader: { members: [user:alice], allow: [demo.echo] }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the current one, so that files are called by their bare names."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def config(folder: Path) -> Callable[..., Config]:
    """Read a config from its text; without `servers:` in it, it is added to the smallest one."""

    def read(text: str = "", *, secrets: bool = True, **environment: str) -> Config:
        whole = text if "ervers" in text else MINIMAL + text
        return parse(whole.encode(), Path("yett.yaml"), environment=environment, secrets=secrets)

    return read


@pytest.fixture
def errors(config: Callable[..., Config]) -> Callable[..., list[str]]:
    """Read a wrong config, and give `line:column message` of every error."""

    def read(text: str, **environment: str) -> list[str]:
        with pytest.raises(InvalidConfig) as caught:
            config(text, **environment)
        return [f"{d.line}:{d.column} {d.message}" for d in caught.value.diagnostics if d.severity == "error"]

    return read


@pytest.fixture
def warnings(config: Callable[..., Config]) -> Callable[..., list[Diagnostic]]:
    """Read a config, and give its warnings but for the two that every small config has."""

    def read(text: str, **environment: str) -> list[Diagnostic]:
        found = config(text, **environment).warnings
        return [warning for warning in found if warning.code not in {"no-token-file", "no-tests"}]

    return read
