from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from staging import SERVERS, Stage, aftermath, staged


def on_stage(folder: Path, names: list[str]) -> Iterator[Stage]:
    with staged(folder, names) as stage:
        yield stage
    assert aftermath(folder) == []


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The server that needs nothing but the development environment, and the gateway before it."""
    yield from on_stage(tmp_path_factory.mktemp("stage"), ["py2"])


@pytest.fixture(scope="session")
def full_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Every server that is installed, and one gateway before them all."""
    yield from on_stage(tmp_path_factory.mktemp("full-stage"), list(SERVERS))
