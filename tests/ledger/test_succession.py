"""Keys that follow each other, and what somebody with a retired one could try."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from yett.errors import LedgerError
from yett.ledger.chain import Chain, Head
from yett.ledger.folder import Folder, segment_names
from yett.ledger.journal import Journal, Seal
from yett.ledger.ledger import Durability, Ledger
from yett.ledger.mac import key_id
from yett.ledger.recovery import Found, recover
from yett.ledger.scribe import Scribe
from yett.ledger.stamp import Stamp
from yett.ledger.succession import Succession, predecessor
from yett.ledger.verify import Verification, verify

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
BOTH = pytest.mark.parametrize("durability", list(Durability))


def grow(path: Path, *keys: bytes, count: int = 3, found: Found | None = None, key: bytes = OLD) -> None:
    """Some records under `key`, and as many under each key that it is handed over to."""
    with closing(Folder.open(path)) as folder:
        _grow(folder, path, keys, count, found, key)


def _grow(folder: Folder, path: Path, keys: tuple[bytes, ...], count: int, found: Found | None, key: bytes) -> None:
    scribe = Scribe(key, Stamp(lambda: 0.0, lambda: 1))
    found = found if found is not None else recover(path, key) if segment_names(path) else Found()
    before = "" if found.previous is None else predecessor(path, found.previous, key_id(key))
    journal = Journal(folder, found, seal(key, before), scribe, sync=False)
    for number in range(count):
        journal.append([scribe.event(f"e{number}", {})])
    for following in keys:
        journal.hand_over(seal(following))
        for number in range(count):
            journal.append([scribe.event(f"e{number}", {})])
    journal.close()


def seal(key: bytes, succeeds: str = "") -> Seal:
    return Seal(chain=Chain(key), key=key_id(key), kept="configured", succeeds=succeeds)


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for name in segment_names(path) for line in (path / name).read_bytes().splitlines()]


def why(found: Verification) -> str:
    return "" if found.problem is None else found.problem.why


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    grow(tmp_path / "l", NEW)
    return tmp_path / "l"


def test_both_keys_say_that_one_follows_the_other_and_both_verify_it(ledger):
    written = records(ledger)
    [change] = [record for record in written if record["kind"] == "key-change"]
    first = written[written.index(change) + 1]
    assert (change["key"], change["following"]) == (key_id(OLD), key_id(NEW))
    assert (first["kind"], first["key"], first["succeeds"]) == ("segment", key_id(NEW), key_id(OLD))
    assert first["prev"] == change["hash"]
    found = verify(ledger, NEW, older=[OLD])
    assert (found.ok, found.records, found.segments) == (True, len(written), 2)
    name = segment_names(ledger)[1]
    assert found.notes == (f"`{name}`: the key `{key_id(NEW)}` takes over from `{key_id(OLD)}`, which says so itself",)


def test_either_key_alone_is_not_enough(ledger):
    assert "its key is needed" in why(verify(ledger, NEW))
    assert "its key is needed" in why(verify(ledger, OLD))
    assert "ends under an older key" in why(verify(ledger, OTHER, older=[OLD, NEW]))


def test_several_changes_and_one_back_are_whole(tmp_path):
    grow(tmp_path, NEW, OTHER, OLD, NEW)
    found = verify(tmp_path, NEW, older=[OLD, OTHER])
    assert (found.ok, found.segments, len(found.notes)) == (True, 5, 4)


def test_a_key_that_takes_over_at_a_start_is_whole_and_noted(tmp_path):
    grow(tmp_path)
    grow(tmp_path, key=NEW)
    found = verify(tmp_path, NEW, older=[OLD])
    assert found.ok
    assert found.notes[0].endswith("at a start: the old one does not say so")


def test_a_process_that_ends_right_after_the_change_is_followed_by_the_new_key_alone(tmp_path):
    grow(tmp_path, NEW, count=3)
    (tmp_path / segment_names(tmp_path)[1]).unlink()  # the crash: the last record is the hand-over
    with pytest.raises(LedgerError, match=rf"was handed over to the key `{key_id(NEW)}`.*put that one back"):
        grow(tmp_path, key=OLD)
    with pytest.raises(LedgerError, match="was handed over"):
        grow(tmp_path, key=OTHER)
    grow(tmp_path, key=NEW)
    found = verify(tmp_path, NEW, older=[OLD])
    assert found.ok
    assert found.notes[0].endswith("which says so itself")


def test_a_retired_key_begins_no_ledger_again(ledger):
    with pytest.raises(LedgerError, match="has handed over to a newer one"):
        grow(ledger, key=OLD)
    grow(ledger, key=NEW)
    assert verify(ledger, NEW, older=[OLD]).ok


# What somebody can try who has the old key, which was retired because he has it.


def forged(path: Path, key: bytes, head: Head, previous: dict[str, Any], **more: Any) -> None:
    """A segment that follows `head`, made with `key`."""
    start = {"kind": "segment", "at": "1970-01-01T00:00:00Z", "mono": 1, "instance": "00000000", "key": key_id(key)}
    bodies = [json.dumps(start | {"previous": previous} | more).encode()]
    lines, _ = Chain(key).seal(bodies, head)
    (path / f"{head.sequence + 1:015d}-00000000.jsonl").write_bytes(lines)


def end(path: Path) -> tuple[Head, dict[str, Any]]:
    last = records(path)[-1]
    name = segment_names(path)[-1]
    return Head(sequence=last["seq"], hash=last["hash"]), {"file": name, "bytes": (path / name).stat().st_size}


def test_the_old_key_cannot_go_on_after_the_new_one(ledger):
    forged(ledger, OLD, *end(ledger))
    assert "which had handed over to another one before" in why(verify(ledger, NEW, older=[OLD]))


def test_the_old_key_cannot_be_buried_by_records_of_the_new_one(ledger):
    forged(ledger, OLD, *end(ledger))
    grow(ledger, key=NEW)
    found = verify(ledger, NEW, older=[OLD])
    assert "which had handed over to another one before" in why(found)


def test_the_old_key_cannot_write_the_past_anew(ledger, tmp_path):
    whole = {name: (ledger / name).read_bytes() for name in segment_names(ledger)}
    first, second = whole
    lines = whole[first].splitlines(keepends=True)
    bodies = [json.loads(line) for line in lines]
    for body in bodies:
        del body["seq"], body["prev"], body["hash"]
    bodies[1]["event"] = "e9"
    (ledger / first).write_bytes(Chain(OLD).seal([json.dumps(body).encode() for body in bodies], Head())[0])
    assert "from another history" in why(verify(ledger, NEW, older=[OLD]))
    # Nor without what the new key made: then the ledger ends under a key that is not the present one.
    (ledger / second).unlink()
    assert "ends under an older key" in why(verify(ledger, NEW, older=[OLD]))
    shutil.rmtree(ledger)
    grow(ledger)
    assert "ends under an older key" in why(verify(ledger, NEW, older=[OLD]))


def test_a_hand_over_that_did_not_happen_is_found(tmp_path):
    grow(tmp_path)
    forged(tmp_path, NEW, *end(tmp_path), succeeds=key_id(OLD))
    assert "does not say truly which key it took over from" in why(verify(tmp_path, NEW, older=[OLD]))


def test_a_hand_over_to_one_key_cannot_be_taken_by_another(tmp_path):
    grow(tmp_path, NEW)
    (tmp_path / segment_names(tmp_path)[1]).unlink()
    forged(tmp_path, OTHER, *end(tmp_path), succeeds=key_id(OLD))
    assert f"was handed over to the key `{key_id(NEW)}`" in why(verify(tmp_path, OTHER, older=[OLD, NEW]))


def test_a_forged_hand_over_that_was_never_kept_holds_up_no_start(tmp_path):
    grow(tmp_path)
    name = segment_names(tmp_path)[0]
    head, _ = end(tmp_path)
    line = {"kind": "key-change", "at": "1970-01-01T00:00:00Z", "mono": 1, "key": key_id(OLD), "following": "f" * 16}
    with (tmp_path / name).open("ab") as file:
        file.write(Chain(OTHER).seal([json.dumps(line).encode()], head)[0])
    grow(tmp_path, key=OLD)
    assert "not made with the ledger's key" in why(verify(tmp_path, OLD))


# Step by step.


def test_nothing_follows_a_hand_over_in_its_segment_and_no_key_hands_over_for_another():
    keys = Succession()
    assert keys.begins("a", "") == ""
    assert keys.hands_over("b", "c") != ""
    assert keys.hands_over("a", "a") != ""
    assert keys.hands_over("a", "") != ""
    assert keys.hands_over("a", "b") == ""
    assert (keys.current, keys.owed) == ("a", "b")
    assert keys.begins("b", "a") == ""
    assert keys.begins("b", "") == ""
    assert keys.begins("a", "") != ""


def test_a_record_behind_the_hand_over_is_found(tmp_path):
    grow(tmp_path, NEW)
    first = tmp_path / segment_names(tmp_path)[0]
    (tmp_path / segment_names(tmp_path)[1]).unlink()
    head, _ = end(tmp_path)
    body = {"kind": "event", "at": "1970-01-01T00:00:00Z", "mono": 1, "event": "late"}
    with first.open("ab") as file:
        file.write(Chain(OLD).seal([json.dumps(body).encode()], head)[0])
    assert "behind the one that hands over" in why(verify(tmp_path, OLD, older=[NEW]))


# The ledger itself.


@BOTH
def test_a_running_ledger_goes_on_under_another_key(tmp_path, durability):
    async def life() -> None:
        ledger = await Ledger.open(tmp_path / "l", durability=durability, key=OLD)
        await asyncio.gather(*[ledger.event(f"a{number}") for number in range(20)])
        assert ledger.made_with(OLD)
        await ledger.change_key(NEW)
        assert ledger.made_with(NEW)
        await ledger.change_key(NEW)  # changes nothing
        await ledger.event("b")
        with pytest.raises(LedgerError, match="needs 32 or more"):
            await ledger.change_key(b"short")
        await ledger.close()
        again = await Ledger.open(tmp_path / "l", durability=durability, key=NEW)
        await again.close()

    asyncio.run(life())
    found = verify(tmp_path / "l", NEW, older=[OLD])
    assert (found.ok, found.segments, len(found.notes)) == (True, 3, 1)


@BOTH
def test_where_the_change_cannot_be_written_the_old_key_goes_on(tmp_path, durability):
    class Full(Folder):
        full = False

        def write(self, file: int, chunk: bytes) -> int:
            if Full.full:
                raise OSError(28, "No space left on device")
            return super().write(file, chunk)

    async def life() -> None:
        ledger = await Ledger.open(tmp_path / "l", durability=durability, key=OLD, storage=Full.open)
        Full.full = True
        with pytest.raises(LedgerError, match="cannot be written: No space left"):
            await ledger.change_key(NEW)
        Full.full = False
        assert ledger.made_with(OLD)
        await ledger.event("b")
        await ledger.close()

    asyncio.run(life())
    assert verify(tmp_path / "l", OLD).ok


def test_a_killed_process_that_was_changing_keys_leaves_a_whole_ledger(tmp_path):
    script = f"""
import asyncio, os, sys
from pathlib import Path
from yett.ledger.ledger import Ledger
async def main():
    ledger = await Ledger.open(Path({str(tmp_path)!r}) / "l", key={OLD!r})
    await ledger.event("a")
    await ledger.change_key({NEW!r})
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", script], check=False)

    async def again() -> None:
        ledger = await Ledger.open(tmp_path / "l", key=NEW)
        await ledger.close()

    assert records(tmp_path / "l")[-1]["kind"] == "key-change"
    asyncio.run(again())
    assert verify(tmp_path / "l", NEW, older=[OLD]).ok
