"""The keeper as a program: started directly, with nobody but this test above it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from yett.upstream import keeper

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the keeper is for Linux")

KEPT = (sys.executable, "-I", "-S")
PROGRAM = str(Path(keeper.__file__))


def start(script, *, seconds="0.3", gateway=None, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [*KEPT, PROGRAM, str(gateway or os.getpid()), seconds, sys.executable, "python", "-S", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        **options,
    )


def ended(pid, seconds=5.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def test_the_server_has_the_pipes_and_the_keeper_its_exit_status():
    with start("import sys; print(sys.stdin.read(), end=''); sys.exit(7)") as process:
        out, err = process.communicate(b"hello", timeout=10)
    assert (out, err, process.returncode) == (b"hello", b"", 7)


def test_death_by_a_signal_is_told_as_shells_do():
    with start("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)") as process:
        process.communicate(timeout=10)
    assert process.returncode == 128 + signal.SIGSEGV


def test_a_program_that_cannot_be_started_is_named():
    arguments = [*KEPT, PROGRAM, str(os.getpid()), "1", "/no/such", "such", "--secret=x"]
    done = subprocess.run(arguments, capture_output=True, timeout=10, check=False)
    assert done.returncode == 127
    assert done.stderr == b"cannot start `/no/such`: No such file or directory\n"


def test_a_keeper_whose_gateway_is_dead_already_starts_nothing():
    with start("print('started', flush=True)", gateway=2**22 - 1) as process:
        out, _ = process.communicate(timeout=10)
    assert (out, process.returncode) == (b"", 126)


def test_told_to_stop_it_asks_first():
    script = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\n"
        "print(1, flush=True); time.sleep(60)"
    )
    with start(script, seconds="30") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()
        process.wait(timeout=10)
    assert process.returncode == 5


def test_told_to_stop_it_gives_grandchildren_their_time_too():
    grandchild = (
        "import signal, sys, time\n"
        "def end(*_):\n    time.sleep(0.2); print('saved', flush=True); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end); print('ready', flush=True); time.sleep(60)"
    )
    script = (
        f"import subprocess, time; subprocess.Popen([{sys.executable!r}, '-S', '-c', {grandchild!r}]); time.sleep(60)"
    )
    with start(script, seconds="10") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.terminate()
        assert process.stdout.read() == b"saved\n"


def test_what_does_not_go_is_killed():
    script = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "if os.fork() == 0: os.setsid()\nos.write(1, b'%d\\n' % os.getpid()); time.sleep(60)"
    )
    with start(script) as process:
        assert process.stdout is not None
        pids = [int(process.stdout.readline()) for _ in range(2)]
        process.terminate()
        process.wait(timeout=10)
        assert process.returncode == 128 + signal.SIGKILL
        assert all(ended(pid) for pid in pids)


def test_an_orphan_of_a_server_that_ended_well_is_ended_too():
    script = "import os, time; pid = os.fork(); pid and print(pid, flush=True); pid or (os.setsid(), time.sleep(60))"
    with start(script) as process:
        assert process.stdout is not None
        orphan = int(process.stdout.readline())
        process.wait(timeout=10)
        assert process.returncode == 0
        assert ended(orphan)


def test_zombies_below_are_collected():
    script = (
        "import os, time\n"
        "for _ in range(20):\n    os.fork() or (os.fork(), os._exit(0))\n"
        "time.sleep(0.3); print('done', flush=True); time.sleep(60)"
    )
    with start(script) as process:
        assert process.stdout is not None
        process.stdout.readline()
        zombies = [
            entry.name
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and _stat(entry.name)[:2] == ["Z", str(process.pid)]
        ]
        process.terminate()
    assert zombies == []


def _stat(pid) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def test_a_name_with_parentheses_fools_nobody(tmp_path):
    link = tmp_path / ") Z 1 ("
    link.symlink_to(sys.executable)
    with subprocess.Popen(
        [str(link), "-S", "-c", "print(1, flush=True); import time; time.sleep(60)"], stdout=-1
    ) as process:
        process.stdout.readline()
        assert keeper._living_parent(str(process.pid)) == os.getpid()
        assert process.pid in keeper._below(os.getpid())
        process.kill()
