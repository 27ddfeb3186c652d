"""The examples of the page about embedding are programs that serve, and configs."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from yett.enforce.embedded import Embedded

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "embed.md"
TEXT = PAGE.read_text(encoding="utf-8")
PROGRAMS = [
    found for found in re.findall(r"^```python\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE) if "protect(" in found
]
CONFIGS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("config", CONFIGS, ids=["default", "another path"])
@pytest.mark.parametrize("program", PROGRAMS, ids=["sdk", "fastapi"])
def test_every_program_starts_and_ends_with_every_config(program, config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("yett.yaml").write_text(config)
    Path("tokens.yaml").touch(mode=0o600)
    defined: dict = {}
    exec(compile(program, str(PAGE), "exec"), defined)  # noqa: S102 - our page
    app = defined["app"]
    assert isinstance(app, Embedded)

    async def story() -> None:
        asked: asyncio.Queue = asyncio.Queue()
        told: asyncio.Queue = asyncio.Queue()
        task = asyncio.create_task(app({"type": "lifespan", "state": {}}, asked.get, told.put))
        await asked.put({"type": "lifespan.startup"})
        assert (await told.get())["type"] == "lifespan.startup.complete"
        await asked.put({"type": "lifespan.shutdown"})
        assert (await told.get())["type"] == "lifespan.shutdown.complete"
        await task

    asyncio.run(story())
