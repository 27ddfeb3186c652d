"""The issuer that the tests of whole gateways use, and configs for the doctor to look at."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from yett.config.load import parse
from yett.config.schema import Config

ISSUER = Path(__file__).parents[2] / "tokens" / "issuer.py"


@pytest.fixture(scope="session")
def fake_issuer() -> Any:
    spec = importlib.util.spec_from_file_location("doctor_issuer", ISSUER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FakeIssuer


@pytest.fixture
def read(tmp_path: Path):
    """A config in a folder of its own; what a test does not say is harmless."""

    def read(
        auth: str = "{ tokens: tokens.yaml }",
        servers: str = "{ demo: http://127.0.0.1:1/mcp }",
        rest: str = "",
        **environment: str,
    ) -> Config:
        text = f"auth: {auth}\nservers: {servers}\nroles: {{ everyone: {{ allow: ['*.echo'] }} }}\n{rest}\n"
        return parse(text.encode(), tmp_path / "yett.yaml", environment=environment)

    return read
