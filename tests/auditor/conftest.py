from pathlib import Path

import pytest

from yett.auditor.target import Surroundings


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to audit from, and a home beside it."""
    folder, home = tmp_path / "here", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(home))
    return Surroundings(folder=Path(folder), home=home)
