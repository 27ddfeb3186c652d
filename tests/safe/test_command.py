from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import pytest

from yett.errors import CommandFailed, UnsafeInput
from yett.safe.command import Command, environment, executable, run, run_async


def _python(program: str, *more: str, **options) -> Command:
    return Command([sys.executable, "-c", program, *more], **options)


@pytest.fixture
def program(tmp_path):
    """Make a program of a line of Python, so that templates have a place for values."""

    def make(source: str) -> str:
        path = tmp_path / "program"
        path.write_text(f"#!{sys.executable}\n{source}\n")
        path.chmod(0o755)
        return str(path)

    return make


def test_values_arrive_as_they_are(program):
    path = program("import json, sys; print(json.dumps(sys.argv[1:]))")
    finished = run([path, "--", "{x}", "{y}"], x="a b;$(id)", y=["c", "d\ne"])
    assert json.loads(finished.text) == ["--", "a b;$(id)", "c", "d\ne"]
    assert (finished.status, finished.stderr) == (0, b"")


def test_it_runs_within_an_event_loop_and_beside_one(program):
    path = program("import sys; print(sys.argv[1])")

    async def both() -> tuple[str, str]:
        return run([path, "{x}"], x="sync").text, (await run_async([path, "{x}"], x="async")).text

    assert asyncio.run(both()) == ("sync\n", "async\n")


def test_an_option_starts_nothing(program, tmp_path):
    path = program("open('started', 'w')")
    with pytest.raises(UnsafeInput):
        Command([path, "{x}"], cwd=tmp_path).run(x="--help")
    assert not (tmp_path / "started").exists()


def test_who_takes_too_long_is_ended():
    with pytest.raises(CommandFailed, match=r"took longer than 0\.2 seconds"):
        _python("import time; time.sleep(600)", timeout=0.2).run()


def test_who_says_too_much_is_ended():
    for stream in ("stdout", "stderr"):
        with pytest.raises(CommandFailed, match="said more than 1000 bytes"):
            _python(f"import sys\nwhile True: sys.{stream}.write('x' * 100)", max_output=1_000).run()


def test_a_status_that_is_no_success_is_an_error_with_its_last_words():
    with pytest.raises(CommandFailed, match="ended with status 3") as caught:
        _python("import sys; print('because', file=sys.stderr); sys.exit(3)").run()
    assert (caught.value.status, caught.value.stderr) == (3, b"because\n")
    assert _python("import sys; sys.exit(3)", ok=(0, 3)).run().status == 3


def test_the_environment_stays_here(monkeypatch):
    monkeypatch.setenv("YETT_CANARY", "secret")
    shown = _python("import json, os; print(json.dumps(dict(os.environ)))", env={"OWN": "1"}).run()
    environ = json.loads(shown.text)
    assert "YETT_CANARY" not in environ
    assert environ["OWN"] == "1"


def test_standard_input_is_what_was_given_and_nothing_else():
    assert _python("import sys; print(len(sys.stdin.read()))").run().text == "0\n"
    assert _python("import sys; print(sys.stdin.read())").run(stdin=b"given").text == "given\n"
    with pytest.raises(TypeError, match="stdin"):
        run([sys.executable, "{stdin}"], stdin="x")


def test_no_descriptor_is_inherited(tmp_path):
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        shown = _python(
            f"import os\ntry: os.fstat({file.fileno()}); print('open')\nexcept OSError: print('shut')"
        ).run()
    assert shown.text == "shut\n"


def test_cancelling_ends_the_program(tmp_path):
    pid = tmp_path / "pid"

    async def cancel() -> None:
        task = asyncio.create_task(
            _python(f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(600)").run_async()
        )
        while not pid.exists() or not pid.read_text():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_what_it_started_is_ended_with_it():
    finished = _python(
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        "print(p.pid, flush=True)"
    ).run()
    assert _gone(int(finished.text))


def _gone(pid: int) -> bool:
    """Wait until a process that was killed is no more: its pipes are closed a moment before it is dead."""
    deadline = time.process_time() + 5
    while time.process_time() < deadline:
        stat = Path(f"/proc/{pid}/stat")
        try:
            if stat.read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
    return False


def test_a_program_that_is_not_there_is_said_so():
    with pytest.raises(CommandFailed, match="there is no program `no-such-program`"):
        run(["no-such-program"])


def test_relative_programs_and_relative_parts_of_the_path_are_not_used(tmp_path, monkeypatch):
    planted = tmp_path / "ls"
    planted.write_text("#!/bin/sh\necho planted")
    planted.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    assert executable("ls", f".:{os.defpath}") != str(planted)
    with pytest.raises(CommandFailed, match="there is no program"):
        executable("ls", ".::")
    with pytest.raises(CommandFailed, match="relative"):
        executable("./ls", os.defpath)


def test_a_folder_to_start_in_that_is_not_there_is_an_error_of_ours(tmp_path):
    with pytest.raises(CommandFailed, match="cannot be started"):
        _python("", cwd=tmp_path / "missing").run()


def test_bounds_must_be_bounds():
    for bound in ({"timeout": 0}, {"max_output": 0}):
        with pytest.raises(ValueError):
            Command(["ls"], **bound)


def test_given_variables_win():
    assert environment({"PATH": "/given"})["PATH"] == "/given"


def test_the_repr_shows_no_environment():
    assert "secret" not in repr(Command(["ls"], env={"TOKEN": "secret"}))
