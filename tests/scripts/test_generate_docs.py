from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

from yett.cli.main import COMMANDS
from yett.config.schema import Config

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "generate_docs.py"
PAGES = runpy.run_path(str(SCRIPT))


def test_the_pages_are_current():
    result = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_every_key_has_its_row():
    page = PAGES["configuration"]()
    for key in Config.model_fields:
        assert f"\n| `{key}` | " in page
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert all(re.fullmatch(r"\| `\S+` \| .+ \| .* \| \S.+ \|", row) for row in rows)


def test_every_section_that_is_linked_is_there():
    page = PAGES["configuration"]()
    for anchor in re.findall(r"\(#(\w+)\)", page):
        assert re.search(rf"\n##+ `{anchor}`\n", page)


def test_every_command_has_its_section():
    page = PAGES["command_line"]()
    for group in COMMANDS.values():
        for name in group:
            assert f"\n## `yett {name}`\n" in page


def test_the_machine_does_not_show_through():
    for page in (PAGES["configuration"](), PAGES["command_line"]()):
        assert str(ROOT) not in page
        assert str(Path.home()) not in page
