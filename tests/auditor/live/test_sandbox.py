import subprocess
import sys
from pathlib import Path

import pytest

from yett.auditor.live import sandbox
from yett.auditor.live.sandbox import missing, sandboxed


def run(argv, folder, home):
    words = sandboxed(argv, folder, home)
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder, timeout=30)


def test_without_bubblewrap_it_says_so(monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda _: None)
    assert missing() == "bubblewrap is not installed"


def test_a_bubblewrap_that_may_do_nothing_is_none(monkeypatch, tmp_path):
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sandbox.shutil, "which", lambda _: str(program))
    assert missing() == "bubblewrap may not make namespaces here"
    program.write_text("")
    assert missing() == "bubblewrap does not start"


def test_only_what_the_command_needs_of_a_home_is_shown(tmp_path):
    home = tmp_path / "home"
    work = home / "work"
    work.mkdir(parents=True)
    (home / "notes").write_text("x")
    words = sandboxed(("cat", str(home / "notes"), "/etc/passwd", "a\0b", str(home)), work, home)
    bound = [words[at + 1] for at, word in enumerate(words) if word == "--ro-bind"]
    assert bound == ["/", str(work), str(home / "notes")]
    assert words[-6:] == ("--", "cat", str(home / "notes"), "/etc/passwd", "a\0b", str(home))


@pytest.mark.skipif(bool(missing()), reason="this machine has no sandbox")
def test_a_program_sees_neither_the_home_nor_other_processes_and_writes_nothing(tmp_path):
    home = tmp_path / "home"
    work = home / "work"
    (home / ".ssh").mkdir(parents=True)
    work.mkdir()
    (home / ".ssh" / "id_rsa").write_text("key")
    program = work / "look.py"
    program.write_text(
        "import os, pathlib\n"
        f"print(os.path.exists({str(home / '.ssh' / 'id_rsa')!r}))\n"
        "print(len([each for each in os.listdir('/proc') if each.isdecimal()]) < 5)\n"
        "for place in ('here', '/etc/x', '/usr/x'):\n"
        "    try:\n"
        "        open(place, 'w')\n"
        "        print('wrote', place)\n"
        "    except OSError:\n"
        "        pass\n"
    )
    done = run((sys.executable, "look.py"), work, home)
    assert (done.stdout, done.returncode) == ("False\nTrue\n", 0), done.stderr
    assert not (work / "here").exists()
    assert Path("/etc/x").exists() is False
