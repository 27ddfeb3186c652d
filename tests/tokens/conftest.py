"""The issuer that the tests of identity use, for tests that are about all of identity."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

IDENTITY = Path(__file__).parents[1] / "identity" / "conftest.py"


@pytest.fixture(scope="session")
def kit() -> Any:
    spec = importlib.util.spec_from_file_location("identity_kit", IDENTITY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Kit
