import errno
import json
import os

import pytest

from yett.ledger.chain import Chain
from yett.ledger.folder import Folder, segment_names
from yett.ledger.journal import Journal, Seal
from yett.ledger.mac import key_id
from yett.ledger.recovery import Found, recover
from yett.ledger.scribe import Scribe
from yett.ledger.stamp import Stamp
from yett.ledger.verify import verify

KEY = b"k" * 32


class Disk(Folder):
    """A real folder whose next calls can be made to fail: `fails` names a method and how often."""

    def __init__(self, path, descriptor):
        super().__init__(path, descriptor)
        self.fails = {}
        self.takes = None
        self.calls = []

    def _maybe(self, name, code):
        self.calls.append(name)
        left = self.fails.get(name, 0)
        if left:
            self.fails[name] = left - 1
            raise OSError(code, os.strerror(code))

    def write(self, file, chunk):
        if self.takes is not None:
            part, self.takes = chunk[: self.takes], None
            return super().write(file, part)
        self._maybe("write", errno.ENOSPC)
        return super().write(file, chunk)

    def sync(self, file):
        self._maybe("sync", errno.EIO)
        super().sync(file)

    def sync_names(self):
        self._maybe("sync_names", errno.EIO)
        super().sync_names()

    def cut(self, file, size):
        self._maybe("cut", errno.EIO)
        super().cut(file, size)

    def create(self, name):
        self._maybe("create", errno.EMFILE)
        return super().create(name)


def event(text):
    return json.dumps({"kind": "event", "at": "2026-01-01T00:00:00Z", "mono": 1, "event": text}).encode()


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def disk(tmp_path):
    folder = Disk.open(tmp_path / "ledger")
    yield folder
    folder.close()


def journal(disk, *, sync=False, clock=None, found=None, **sizes):
    return Journal(
        disk,
        found or Found(),
        Seal(chain=Chain(KEY), key=key_id(KEY), kept="configured"),
        Scribe(KEY, Stamp(lambda: 0.0, lambda: 1)),
        sync=sync,
        clock=clock or Clock(),
        **sizes,
    )


def records(path):
    return [json.loads(line) for name in segment_names(path) for line in (path / name).read_bytes().splitlines()]


def said(path):
    return [record.get("event", record["kind"]) for record in records(path)]


def test_the_first_batch_begins_a_segment(disk):
    log = journal(disk)
    log.append([event("a"), event("b")])
    log.append([event("c")])
    assert said(disk.path) == ["segment", "a", "b", "c"]
    assert segment_names(disk.path)[0].startswith("000000000000001-")
    assert disk.calls == ["create", "write", "write"]
    assert verify(disk.path, KEY).ok


def test_a_full_segment_is_followed_by_the_next(disk):
    log = journal(disk, segment_bytes=600)
    for number in range(6):
        log.append([event(str(number))])
    log.close()
    names = segment_names(disk.path)
    assert len(names) > 1
    second = next(record for record in records(disk.path) if record.get("previous"))
    assert second["previous"] == {"file": names[0], "bytes": (disk.path / names[0]).stat().st_size}
    assert "abandoned" not in second
    assert verify(disk.path, KEY).ok


def test_an_old_segment_is_followed_by_the_next(disk):
    clock = Clock()
    log = journal(disk, clock=clock, segment_seconds=10.0)
    log.append([event("a")])
    clock.now = 10.0
    log.append([event("b")])
    assert said(disk.path) == ["segment", "a", "segment", "b"]


def test_a_short_write_is_finished(disk):
    log = journal(disk)
    disk.takes = 7
    log.append([event("a")])
    disk.takes = 7
    log.append([event("b")])
    assert said(disk.path) == ["segment", "a", "b"]


def test_a_full_disk_keeps_nothing_of_the_batch(disk):
    log = journal(disk)
    log.append([event("a")])
    disk.takes, disk.fails = 20, {"write": 1}
    with pytest.raises(OSError, match="No space left"):
        log.append([event("b"), event("c")])
    assert said(disk.path) == ["segment", "a"]
    log.append([event("d")])
    assert said(disk.path) == ["segment", "a", "segment", "d"]
    assert records(disk.path)[2]["abandoned"] == "No space left on device"
    assert [record["seq"] for record in records(disk.path)] == [1, 2, 3, 4]
    assert verify(disk.path, KEY).ok


def test_a_segment_that_cannot_be_begun_leaves_no_file(disk):
    log = journal(disk)
    log.append([event("a")])
    disk.fails = {"write": 3}
    for _ in range(3):
        with pytest.raises(OSError, match="No space left"):
            log.append([event("b")])
    assert len(segment_names(disk.path)) == 1
    log.append([event("c")])
    assert said(disk.path) == ["segment", "a", "segment", "c"]
    assert records(disk.path)[2]["abandoned"] == "No space left on device"
    assert verify(disk.path, KEY).ok


def test_what_cannot_be_taken_back_is_declared(disk):
    log = journal(disk)
    log.append([event("a")])
    disk.takes, disk.fails = 20, {"write": 1, "cut": 1}
    with pytest.raises(OSError, match="No space left"):
        log.append([event("b")])
    log.append([event("c")])
    found = verify(disk.path, KEY)
    assert found.ok
    assert any("given up after line 2: No space left" in note and "20 bytes" in note for note in found.notes)


def test_after_a_failed_fsync_the_segment_is_never_touched_again(disk):
    log = journal(disk, sync=True)
    log.append([event("a")])
    first = disk.path / segment_names(disk.path)[0]
    disk.calls.clear()
    disk.fails = {"sync": 1}
    with pytest.raises(OSError, match="Input/output error"):
        log.append([event("b")])
    assert disk.calls == ["write", "sync", "cut"]
    size = first.stat().st_size
    disk.calls.clear()
    log.append([event("c")])
    assert disk.calls == ["create", "write", "sync", "sync_names"]
    assert first.stat().st_size == size
    assert said(disk.path) == ["segment", "a", "segment", "c"]
    assert records(disk.path)[2]["abandoned"] == "Input/output error"
    assert verify(disk.path, KEY).ok


def test_unacknowledged_records_that_survive_a_failed_fsync_are_declared(disk):
    log = journal(disk, sync=True)
    log.append([event("a")])
    disk.fails = {"sync": 1, "cut": 1}
    with pytest.raises(OSError, match="Input/output error"):
        log.append([event("b")])
    log.append([event("c")])
    assert said(disk.path) == ["segment", "a", "b", "segment", "c"]
    found = verify(disk.path, KEY)
    assert (found.problem, found.records) == (None, 4)


def test_a_folder_that_cannot_be_synced_acknowledges_nothing(disk):
    log = journal(disk, sync=True)
    disk.fails = {"sync_names": 1}
    with pytest.raises(OSError, match="Input/output error"):
        log.append([event("a")])
    assert segment_names(disk.path) == []


def test_running_out_of_files_is_survived(disk):
    log = journal(disk)
    disk.fails = {"create": 1}
    with pytest.raises(OSError, match="Too many open files"):
        log.append([event("a")])
    log.append([event("b")])
    assert said(disk.path) == ["segment", "b"]


@pytest.mark.parametrize("deed", ["rename", "cut", "write", "delete"])
def test_what_others_do_to_the_file_is_seen_within_a_second(disk, deed):
    clock = Clock()
    log = journal(disk, clock=clock)
    log.append([event("a")])
    path = disk.path / segment_names(disk.path)[0]
    match deed:
        case "rename":
            path.rename(path.with_name("messages.1"))
        case "cut":
            os.truncate(path, 3)
        case "write":
            with path.open("ab") as file:
                file.write(b"forged\n")
        case _:
            path.unlink()
    clock.now = 1.0
    with pytest.raises(OSError, match="somebody else"):
        log.append([event("b")])
    log.append([event("c")])
    begun = _of(disk, segment_names(disk.path)[-1])[0]
    assert begun["abandoned"].startswith("somebody else")
    assert verify(disk.path, KEY).ok == (deed == "write")  # no record is lost by then, and the note says what happened


def test_what_a_crash_left_is_written_down_once(disk):
    log = journal(disk)
    log.append([event("a")])
    log.close()
    path = disk.path / segment_names(disk.path)[0]
    with path.open("ab") as file:
        file.write(b'{"seq":3,"pr')
    log = journal(disk, found=recover(disk.path, KEY), segment_bytes=100)
    log.append([event("b")])
    log.append([event("c")])
    kinds = [record.get("event", record["kind"]) for name in segment_names(disk.path)[1:] for record in _of(disk, name)]
    assert kinds == ["segment", "torn", "b", "segment", "c"]
    assert verify(disk.path, KEY).ok


def _of(disk, name):
    return [json.loads(line) for line in (disk.path / name).read_bytes().splitlines()]


class PowerCut(Exception):
    pass


class Machine(Folder):
    """A folder on a machine that loses its power before step `last`: only what was synced is sure to be there then."""

    last = 10**9

    def __init__(self, path, descriptor):
        super().__init__(path, descriptor)
        self.steps = 0
        self.open_names = {}
        self.sure_bytes = {}
        self.sure_names = set()

    def _step(self):
        self.steps += 1
        if self.steps == Machine.last:
            raise PowerCut

    def create(self, name):
        self._step()
        file = super().create(name)
        self.open_names[file] = name
        return file

    def write(self, file, chunk):
        self._step()
        half = super().write(file, chunk[: len(chunk) // 2])
        self._step()
        return half + super().write(file, chunk[half:])

    def sync(self, file):
        self._step()
        self.sure_bytes[self.open_names[file]] = os.fstat(file).st_size

    def sync_names(self):
        self._step()
        self.sure_names = set(self.sure_bytes)

    def after(self, path, luck):
        """What the disk holds when the power is back, with `luck` deciding about everything that was not synced."""
        path.mkdir(mode=0o700)
        for name in segment_names(self.path):
            content, sure = (self.path / name).read_bytes(), self.sure_bytes.get(name, 0)
            if name not in self.sure_names and luck == "lost":
                continue
            rest = content[sure:]
            kept = {"lost": b"", "kept": rest, "part": rest[: len(rest) * 2 // 3], "zeros": b"\0" * len(rest)}[luck]
            (path / name).write_bytes(content[:sure] + kept)


@pytest.mark.parametrize("luck", ["lost", "kept", "part", "zeros"])
def test_a_power_cut_at_any_step_loses_no_acknowledged_record(tmp_path, luck):
    lasted, steps = False, 0
    while not lasted:
        steps += 1
        Machine.last = steps
        folder = Machine.open(tmp_path / f"{steps}")
        log, acknowledged = journal(folder, sync=True, segment_bytes=900), []
        try:
            for number in range(6):
                log.append([event(f"{number}a"), event(f"{number}b")])
                acknowledged += [f"{number}a", f"{number}b"]
            lasted = True  # every step was tried
        except PowerCut:
            pass
        folder.after(tmp_path / f"{steps}-after", luck)
        folder.close()
        disk = Folder.open(tmp_path / f"{steps}-after")
        log = journal(disk, found=recover(disk.path, KEY))
        log.append([event("on again")])
        log.close()
        disk.close()
        told = [line for line in _told(disk.path) if line not in ("segment", "torn")]
        assert told[: len(acknowledged)] == acknowledged
        assert told[-1] == "on again"
        assert verify(disk.path, KEY).problem is None
    assert steps > 20


def _told(path):
    """Events of whole lines, in order."""
    for name in segment_names(path):
        for line in (path / name).read_bytes().split(b"\n")[:-1]:
            record = json.loads(line)
            yield record.get("event", record["kind"])
