from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from yett.errors import UpstreamTimeout, UpstreamUnavailable
from yett.upstream import child as module
from yett.upstream.child import Child, ChildLimits
from yett.upstream.command import Command
from yett.upstream.lines import OVERLONG

CAT = "import sys\nfor line in sys.stdin: print(line.strip()[::-1], flush=True)"


class Told:
    def __init__(self):
        self.lines = []
        self.ends = []
        self.heard = asyncio.Event()
        self.ended = asyncio.Event()

    def line(self, line):
        self.lines.append(line)
        self.heard.set()

    def end(self, why):
        self.ends.append(why)
        self.ended.set()


@asynccontextmanager
async def started(script, limits=None, told=None):
    told = told or Told()
    command = Command(argv=(sys.executable, "-S", "-c", script))
    limits = limits or ChildLimits(eof_seconds=30, term_seconds=0.3)
    async with asyncio.timeout(60):
        child = await Child.start("demo", command, limits=limits, on_line=told.line, on_end=told.end)
        try:
            yield child, told
        finally:
            await child.stop()


@pytest.fixture
def patient(monkeypatch):
    """Waits for last words as long as a busy machine may take to bring them."""
    monkeypatch.setattr(module, "_LAST_WORDS", 30.0)


def alive(pid) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_lines_go_in_and_come_out():
    async def story():
        async with started(CAT) as (child, told):
            await child.send(b"abc\n")
            await told.heard.wait()
            assert told.lines == [b"cba"]
            assert not child.over
            assert alive(child.pid)
        assert child.over
        assert told.ends == ["the server process has ended with status 0"]
        assert not alive(child.pid)

    asyncio.run(story())


def test_the_end_is_told_once_however_often_it_is_asked_for():
    async def story():
        async with started(CAT) as (child, told):
            await asyncio.gather(child.stop(), child.stop())
            await child.stop()
            assert len(told.ends) == 1

    asyncio.run(story())


def test_being_cancelled_while_stopping_stops_all_the_same():
    async def story():
        async with started("import time; time.sleep(60)", ChildLimits(eof_seconds=0.1, term_seconds=0.1)) as (child, _):
            stopping = asyncio.create_task(child.stop())
            await asyncio.sleep(0)
            stopping.cancel()
            await asyncio.wait([stopping])
            await child.stop()
            assert not alive(child.pid)

    asyncio.run(story())


def test_the_end_comes_with_the_last_complaint(patient):
    async def story():
        script = "import sys; print('first', file=sys.stderr); print('no such database', file=sys.stderr); sys.exit(4)"
        async with started(script) as (child, told):
            await told.ended.wait()
            assert told.ends == ["the server process has ended with status 4, saying `no such database`"]
            with pytest.raises(UpstreamUnavailable):
                await child.send(b"anybody there?\n")
            assert not child.write(b"hello?\n")

    asyncio.run(story())


def test_a_child_that_closes_its_output_has_ended_for_us():
    async def story():
        limits = ChildLimits(eof_seconds=0.1, term_seconds=0.1)
        async with started("import os, time; os.close(1); time.sleep(60)", limits) as (child, told):
            await told.ended.wait()
            assert child.over
            assert told.ends == ["the server process has ended"]

    asyncio.run(story())


def test_a_full_pipe_delays_nobody_but_its_writer():
    async def story():
        limits = ChildLimits(write_seconds=0.2, eof_seconds=0.1, term_seconds=0.1)
        async with started("import time; time.sleep(60)", limits) as (child, _):
            writing = asyncio.create_task(child.send(b"x" * 1_000_000))
            for _ in range(5):
                await asyncio.sleep(0.005)  # the loop goes on
            assert not writing.done()
            assert not child.write(b"no room\n")
            with pytest.raises(UpstreamTimeout, match=r"for 0\.2 seconds"):
                await writing

    asyncio.run(story())


def test_an_overlong_line_is_told_as_one(patient):
    async def story():
        limits = ChildLimits(line_bytes=100, eof_seconds=30)
        async with started("print('x' * 10_000); print('ok', flush=True)", limits) as (_, told):
            await told.ended.wait()
            assert told.lines == [OVERLONG, b"ok"]

    asyncio.run(story())


def test_without_a_keeper_the_whole_group_is_ended(monkeypatch):
    """What other systems than Linux get: the group, which a daemon can leave."""
    monkeypatch.setattr(module, "has_keeper", lambda: False)
    monkeypatch.setattr(module, "kept", lambda executable, argv, _: [executable, *argv[1:]])
    script = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "os.fork()\nos.write(1, b'%d\\n' % os.getpid())\ntime.sleep(60)"
    )

    async def story():
        limits = ChildLimits(eof_seconds=0.1, term_seconds=0.1)
        monkeypatch.setattr(module, "_LAST_WORDS", 0.01)
        async with started(script, limits) as (child, told):
            while len(told.lines) < 2:
                told.heard.clear()
                await told.heard.wait()
            await child.stop()
            for pid in map(int, told.lines):
                while alive(pid):
                    await asyncio.sleep(0.01)

    asyncio.run(story())


def test_a_keeper_that_does_not_react_is_killed(monkeypatch):
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    monkeypatch.setattr(module, "kept", lambda executable, argv, _: [executable, *argv[1:]])

    async def story():
        limits = ChildLimits(eof_seconds=0.05, term_seconds=-1.0)
        async with started(script, limits) as (child, told):
            await told.heard.wait()
            await child.stop()
            assert not alive(child.pid)

    asyncio.run(story())
