"""The tutorial, typed in as it stands: its config, its commands, and what they print."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from demo_programs import free_ports

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs/tutorial/first-gateway.md"
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CONFIG = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MARK = "@@@"


class Typed(NamedTuple):
    """One command of the page, and the lines that it shows below; `...` stands for anything."""

    command: str
    shown: str


def typed(page: str) -> list[Typed]:
    """What the page has people type, in order."""
    found = []
    for block in CONSOLE.findall(page):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            found.append(Typed(command, shown.strip()))
    return found


def as_script(commands: list[Typed]) -> str:
    """The commands, each with a mark before what it prints. What goes to the background gets time to say its line."""
    lines = ["set -m", "exec 2>&1", "trap 'kill $(jobs -p) 2>/dev/null' EXIT"]
    for each in commands:
        command = each.command
        if command.endswith("&"):
            wait = f"for turn in {{1..400}}; do grep -qsF '{each.shown[:10]}' said && break; sleep 0.05; done"
            command = f"{command[:-1]} >said 2>&1 & {wait}; sleep 1; cat said; rm said"
        lines.append(f"echo {MARK}\n{command}")
    return "\n".join(lines)


def fits(shown: str, printed: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in shown.split("..."))
    return re.search(pattern, printed, re.DOTALL) is not None


def on_free_ports(page: str) -> str:
    """The page with other ports than the usual ones, which the example programs must then be told."""
    server, gateway, admin = map(str, free_ports(3))
    page = page.replace("demo_server.py", "demo_server.py --port 3001")
    page = page.replace("demo_client.py", "demo_client.py --url http://127.0.0.1:8080/demo/mcp")
    return page.replace("3001", server).replace("8080", gateway).replace("9090", admin)


def test_commands_and_what_they_show_are_read_from_the_page() -> None:
    page = "text\n```console\n$ one\nout\nmore\n$ two\n```\n```yaml\n$ three\n```\n"
    assert typed(page) == [Typed("one", "out\nmore"), Typed("two", "")]
    assert fits("a ... c", "x a b c")
    assert not fits("a ... d", "a b c")


def played(folder: Path) -> tuple[list[Typed], str]:
    """Type the tutorial in, in an empty folder; return what was typed and all that was printed."""
    page = on_free_ports(PAGE.read_text(encoding="utf-8"))
    config = CONFIG.search(page)
    assert config
    (folder / "first").mkdir(parents=True)
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "first" / "yett.yaml").write_text(config[1])
    commands = [each for each in typed(page) if not each.command.startswith(("make", "mkdir", ". "))]
    result = subprocess.run(
        [shutil.which("bash") or "bash", "-c", as_script(commands)],
        cwd=folder / "first",
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return commands, result.stdout


@pytest.mark.real
def test_the_tutorial_works_as_it_is_written(tmp_path: Path) -> None:
    for attempt in range(3):
        commands, out = played(tmp_path / str(attempt))
        # A port that was free a moment ago may be another test's by now.
        if "cannot listen on" not in out and "is taken" not in out:
            break
    printed = out.split(f"{MARK}\n")[1:]
    assert len(printed) == len(commands), out
    wrong = [
        (each.command, each.shown, out)
        for each, out in zip(commands, printed, strict=True)
        if not fits(each.shown, out)
    ]
    assert wrong == []
