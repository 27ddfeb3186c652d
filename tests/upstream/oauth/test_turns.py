from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from yett.errors import StoreError
from yett.upstream.oauth import turns as module
from yett.upstream.oauth.turns import Turn

_HOLDING = """
import asyncio, sys
from pathlib import Path
from yett.upstream.oauth.turns import Turn

async def main():
    async with Turn(Path(sys.argv[1])):
        print("mine", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def descriptors() -> int:
    folder = Path("/proc/self/fd")
    return sum(1 for _ in folder.iterdir()) if folder.exists() else 0


def test_one_at_a_time_and_the_next_when_it_is_left(tmp_path):
    async def work() -> None:
        order = []

        async def one(name: str) -> None:
            async with Turn(tmp_path / "t" / "00"):
                order.append(name)
                await asyncio.sleep(0)
                order.append(name)

        await asyncio.gather(one("a"), one("b"), one("c"))
        assert order[0::2] == order[1::2]
        assert sorted(order) == list("aabbcc")

    asyncio.run(work())


def test_a_process_that_is_killed_has_left(tmp_path):
    path = tmp_path / "t" / "00"
    holder = subprocess.Popen([sys.executable, "-c", _HOLDING, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None

    async def work() -> None:
        waiting = asyncio.create_task(Turn(path).__aenter__())
        done, _ = await asyncio.wait({waiting}, timeout=0.05)
        assert not done
        holder.kill()
        turn = await waiting
        turn.leave()

    try:
        assert holder.stdout.readline() == "mine\n"
        asyncio.run(work())
    finally:
        holder.kill()
        holder.communicate()


def test_waiting_has_an_end_and_says_what_for(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_SECONDS", 0.02)

    async def work() -> None:
        async with Turn(tmp_path / "00"):
            with pytest.raises(StoreError, match=r"another one has been at work under `.*00` for 0\.02 s"):
                await Turn(tmp_path / "00").__aenter__()

    asyncio.run(work())


def test_who_is_cancelled_while_he_waits_or_holds_leaves_nothing_behind(tmp_path):
    async def work() -> None:
        before = descriptors()
        async with Turn(tmp_path / "00"):
            waiting = [asyncio.create_task(Turn(tmp_path / "00").__aenter__()) for _ in range(5)]
            await asyncio.sleep(0.03)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        async with Turn(tmp_path / "00"):
            pass
        assert descriptors() == before

    asyncio.run(work())


def test_who_leaves_while_a_thread_opens_the_file_for_him_holds_nothing(tmp_path, monkeypatch):
    inside, go_on = threading.Event(), threading.Event()
    opened = module._opened

    def slow(path: Path) -> int:
        inside.set()
        go_on.wait()
        return opened(path)

    async def work() -> None:
        monkeypatch.setattr(module, "_opened", slow)
        waiting = asyncio.create_task(Turn(tmp_path / "00").__aenter__())
        await asyncio.to_thread(inside.wait)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        monkeypatch.setattr(module, "_opened", opened)
        go_on.set()
        async with Turn(tmp_path / "00"):
            pass

    asyncio.run(work())


def test_a_turn_can_be_held_beyond_its_context(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_SECONDS", 0.0)

    async def work() -> None:
        async with Turn(tmp_path / "00") as turn:
            turn.hold()
        with pytest.raises(StoreError):
            await Turn(tmp_path / "00").__aenter__()
        turn.leave()
        async with Turn(tmp_path / "00"):
            pass

    asyncio.run(work())


def test_a_place_that_cannot_be_used_is_an_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for path in (tmp_path / "none" / "none" / "00", tmp_path / "file" / "00", tmp_path / "link"):
        with pytest.raises(StoreError, match="cannot be locked"):
            asyncio.run(Turn(path).__aenter__())
