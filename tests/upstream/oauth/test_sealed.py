from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from yett.errors import StoreError
from yett.secrets.secret import Secret
from yett.upstream.oauth.sealed import Sealed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "connections.db"


def sealed(path: Path, key: str = "k" * 32) -> Sealed:
    return Sealed(path, Secret(key))


def test_what_is_put_is_got_until_it_is_deleted(path):
    async def work() -> None:
        table = sealed(path)
        assert await table.get("a", "b") is None
        await table.put("a", "b", value=b"one")
        await table.put("a", "b", value=b"two")
        assert await sealed(path).get("a", "b") == b"two"
        await table.delete("a", "b")
        assert await table.get("a", "b") is None

    asyncio.run(work())


def test_names_are_not_run_together(path):
    async def work() -> None:
        table = sealed(path)
        await table.put("a", "bc", value=b"x")
        assert [await table.get(*name) for name in (("ab", "c"), ("a", "b", "c"), ("abc",), ("a", "bc"))] == [
            None,
            None,
            None,
            b"x",
        ]

    asyncio.run(work())


def test_neither_names_nor_values_can_be_read_in_the_file(path):
    asyncio.run(sealed(path).put("token", "alice@example.com", value=b"hunter2-hunter2"))
    content = path.read_bytes()
    assert b"alice" not in content
    assert b"hunter2" not in content
    assert path.stat().st_mode & 0o777 == 0o600


def test_with_another_key_nothing_is_there(path):
    async def work() -> None:
        await sealed(path).put("a", value=b"x")
        assert await sealed(path, "l" * 32).get("a") is None

    asyncio.run(work())


def rows(path: Path) -> list[tuple[bytes, bytes]]:
    table = sqlite3.connect(path)
    found = table.execute("SELECT name, value FROM sealed ORDER BY name").fetchall()
    table.close()
    return found


def write(path: Path, name: bytes, value: object) -> None:
    table = sqlite3.connect(path)
    with table:
        table.execute("UPDATE sealed SET value = ? WHERE name = ?", (value, name))
    table.close()


def test_rows_that_were_changed_or_have_changed_places_are_not_there(path):
    async def work() -> None:
        table = sealed(path)
        await table.put("alice", value=b"one")
        await table.put("bob", value=b"two")
        (first, value), (second, other) = rows(path)
        write(path, first, other)
        write(path, second, value)
        assert [await table.get(name) for name in ("alice", "bob")] == [None, None]
        for broken in (b"", b"x", value[:-1] + bytes([value[-1] ^ 1]), "text"):
            write(path, first, broken)
            assert await table.get("alice") is None or await table.get("bob") is None

    asyncio.run(work())


def test_a_file_that_cannot_be_used_is_an_error(path, tmp_path):
    (tmp_path / "folder").mkdir()
    for bad in (tmp_path / "none" / "x", tmp_path / "folder"):
        with pytest.raises(StoreError, match="cannot be used"):
            asyncio.run(sealed(bad).get("a"))
    path.write_bytes(b"no database at all, but some text that is long enough to be looked at" * 20)
    with pytest.raises(StoreError):
        asyncio.run(sealed(path).get("a"))
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError):
        asyncio.run(sealed(link).put("a", value=b"x"))


def test_values_have_a_bound_and_the_key_must_be_there(path):
    with pytest.raises(StoreError, match="larger than 64 KiB"):
        asyncio.run(sealed(path).put("a", value=b"x" * 65_537))
    with pytest.raises(StoreError, match="was not read"):
        asyncio.run(Sealed(path, Secret(None)).get("a"))


def test_a_write_under_way_is_ended_before_who_is_cancelled_goes(path, monkeypatch):
    began, go_on = threading.Event(), threading.Event()
    table = sealed(path)
    put = table._put

    def slow(name: tuple[str, ...], value: bytes) -> None:
        began.set()
        go_on.wait()
        put(name, value)

    monkeypatch.setattr(table, "_put", slow)

    async def work() -> None:
        putting = asyncio.create_task(table.put("a", value=b"x"))
        await asyncio.to_thread(began.wait)
        putting.cancel()
        done, _ = await asyncio.wait({putting}, timeout=0.02)
        assert not done
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await putting
        assert await table.get("a") == b"x"

    asyncio.run(work())


def test_room_that_was_made_is_used_by_what_is_put_next(path):
    async def work() -> None:
        table = sealed(path)
        await table.make_room()
        size = path.stat().st_size
        assert size > 65_536
        assert rows(path) == []
        for _ in range(3):
            await table.put("a", value=b"x" * 60_000)
            await table.make_room()
        assert path.stat().st_size <= size + 70_000, "it does not grow with every renewal"

    asyncio.run(work())


def test_a_turn_is_one_names(path):
    async def work() -> None:
        table = sealed(path)
        async with await table.turn("a"):
            other = next(name for name in "bcdefgh" if slot(table, name) != slot(table, "a"))
            async with await table.turn(other):
                assert len(list((path.parent / "connections.db.turns").iterdir())) == 2

    def slot(table: Sealed, name: str) -> int:
        return int(table._tools((name,))[0][0])

    asyncio.run(work())
