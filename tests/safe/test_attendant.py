from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from yett.safe.attendant import Attendant


def _attended(program: str, *, limit: int = 1_000, stdin: bytes = b"") -> Attendant:
    async def attend() -> Attendant:
        loop = asyncio.get_running_loop()
        transport, said = await loop.subprocess_exec(
            lambda: Attendant(limit), sys.executable, "-c", program, start_new_session=True
        )
        said.begin(transport, stdin)
        await said.exited.wait()
        await said.end(transport)
        return said

    return asyncio.run(attend())


def test_both_outputs_are_kept_apart_and_the_input_has_an_end():
    said = _attended("import sys; print(sys.stdin.read().upper(), end=''); print('no', file=sys.stderr)", stdin=b"ab")
    assert (bytes(said.stdout), bytes(said.stderr), said.why) == (b"AB", b"no\n", "")


def test_who_says_too_much_is_ended_and_no_more_is_kept():
    said = _attended("while True: print('x' * 1000)", limit=5_000)
    assert (len(said.stdout), said.why) == (5_000, "said more than 5000 bytes")


def test_a_child_left_in_the_group_is_ended_with_its_parent():
    # It inherits the pipes: were it alive, they would be open until it ends.
    said = _attended(
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        "print(p.pid, flush=True)"
    )
    assert _gone(int(said.stdout))


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
