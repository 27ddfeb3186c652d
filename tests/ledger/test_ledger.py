import asyncio
import errno
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from yett import telemetry
from yett.core.exchange import Channel, Entrance, Exchange, Principal
from yett.core.message import Request
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.errors import LedgerError
from yett.ledger.folder import Folder, segment_names
from yett.ledger.ledger import Durability, Ledger
from yett.ledger.verify import verify

KEY = b"k" * 32
ALICE = Principal(issuer="yett", subject="alice")
DENY = Deny(reason=Reason(code="access.not-granted", kind=Kind.DENIED, public="no"))
BOTH = pytest.mark.parametrize("durability", list(Durability))


def exchange(number=1):
    return Exchange(
        id=f"e{number}",
        received_at=0.0,
        channel=Channel(entrance=Entrance.GATEWAY, peer="10.0.0.7"),
        server="github",
        request=Request(id=number, method="tools/call", params={"name": "get", "arguments": {"n": number}}),
        principal=ALICE,
    )


def records(path):
    return [json.loads(line) for name in segment_names(path) for line in (path / name).read_bytes().splitlines()]


def story(path):
    return [
        record.get("event") or f"{record['kind']} {record.get('exchange', '')}".strip()
        for record in records(path)
        if record["kind"] != "segment"
    ]


@BOTH
def test_a_call_is_recorded_before_and_after(tmp_path, durability):
    async def life():
        ledger = await Ledger.open(tmp_path / "l", durability=durability, key=KEY)
        await ledger.intent(exchange(), ())
        assert story(tmp_path / "l")[-1] == "intent e1"
        ledger.outcome(exchange(), status="allowed", duration=0.5)
        await ledger.refusal(exchange(2), DENY)
        await ledger.event("reload", result="applied")
        await ledger.close()

    asyncio.run(life())
    assert story(tmp_path / "l") == ["start", "intent e1", "outcome e1", "refusal e2", "reload", "stop"]
    assert verify(tmp_path / "l", KEY).ok


def test_an_intent_is_in_the_kernel_on_return(tmp_path):
    async def life():
        ledger = await Ledger.open(tmp_path / "l", key=KEY)
        await ledger.intent(exchange(), ())
        assert story(tmp_path / "l")[-1] == "intent e1"
        await ledger.close()

    asyncio.run(life())


def test_a_client_that_leaves_before_the_write_leaves_a_whole_story(tmp_path):
    async def life():
        ledger = await Ledger.open(tmp_path / "l", key=KEY)
        task = asyncio.create_task(ledger.intent(exchange(), ()))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await ledger.close()

    asyncio.run(life())
    assert story(tmp_path / "l") == ["start", "intent e1", "outcome e1", "stop"]
    assert records(tmp_path / "l")[3]["status"] == "aborted"


def test_a_refusal_is_in_the_kernel_on_return(tmp_path):
    async def life():
        ledger = await Ledger.open(tmp_path / "l", key=KEY)
        await ledger.refusal(exchange(), DENY)
        assert story(tmp_path / "l")[-1] == "refusal e1"
        await ledger.close()

    asyncio.run(life())


def test_an_outcome_is_in_the_kernel_when_the_turn_is_over(tmp_path):
    async def life():
        ledger = await Ledger.open(tmp_path / "l", key=KEY)
        ledger.outcome(exchange(), status="allowed")
        await asyncio.sleep(0)
        assert story(tmp_path / "l")[-1] == "outcome e1"
        await ledger.close()

    asyncio.run(life())


@BOTH
def test_each_start_goes_on_with_the_chain(tmp_path, durability):
    async def life():
        ledger = await Ledger.open(tmp_path / "l", durability=durability)
        await ledger.intent(exchange(), ())
        await ledger.close()

    for _ in range(3):
        asyncio.run(life())
    assert story(tmp_path / "l") == ["start", "intent e1", "stop"] * 3
    found = verify(tmp_path / "l")
    assert (found.ok, found.records, found.segments, found.notes) == (True, 12, 3, ())


def test_records_carry_the_configuration_in_force(tmp_path):
    async def life():
        ledger = await Ledger.open(tmp_path / "l", key=KEY)
        ledger.policy = "a" * 64
        await ledger.intent(exchange(), ())
        ledger.policy = "b" * 64
        await ledger.refusal(exchange(2), DENY)
        await ledger.close()

    asyncio.run(life())
    assert [record["policy"] for record in records(tmp_path / "l") if "policy" in record] == ["a" * 16, "b" * 16]


def test_the_head_is_the_last_kept_record(tmp_path):
    async def life():
        ledger = await Ledger.open(tmp_path / "l", key=KEY)
        await ledger.intent(exchange(), ())
        head = ledger.head
        await ledger.close()
        return head

    head = asyncio.run(life())
    record = records(tmp_path / "l")[2]
    assert (head.sequence, head.hash) == (record["seq"], record["hash"])
    assert verify(tmp_path / "l", KEY, anchor=head).ok


def test_a_closed_ledger_keeps_nothing_and_lets_nothing_through(tmp_path):
    async def life():
        ledger = await Ledger.open(tmp_path / "l", key=KEY)
        await ledger.close()
        await ledger.close()
        with pytest.raises(LedgerError, match="the ledger is closed"):
            await ledger.intent(exchange(), ())
        ledger.outcome(exchange(), status="aborted")
        await ledger.refusal(exchange(), DENY)
        await asyncio.sleep(0)

    asyncio.run(life())
    assert story(tmp_path / "l") == ["start", "stop"]


def test_two_processes_cannot_write_one_ledger(tmp_path):
    async def life():
        ledger = await Ledger.open(tmp_path / "l", key=KEY)
        with pytest.raises(LedgerError, match="another process writes"):
            await Ledger.open(tmp_path / "l", key=KEY)
        await ledger.close()

    asyncio.run(life())


def test_a_ledger_that_cannot_be_written_does_not_open(tmp_path):
    (tmp_path / "l").write_text("a file")
    with pytest.raises(LedgerError, match="cannot open the ledger's folder"):
        asyncio.run(Ledger.open(tmp_path / "l"))
    with pytest.raises(LedgerError, match="the ledger's key has 5 bytes"):
        asyncio.run(Ledger.open(tmp_path / "m", key=b"short"))
    asyncio.run(_opened_and_closed(tmp_path / "m"))  # the failed attempt left no lock behind


async def _opened_and_closed(path, **more):
    ledger = await Ledger.open(path, **more)
    await ledger.close()


def test_a_torn_line_is_marked_and_the_chain_goes_on(tmp_path):
    asyncio.run(_opened_and_closed(tmp_path / "l"))
    name = segment_names(tmp_path / "l")[0]
    with (tmp_path / "l" / name).open("ab") as file:
        file.write(b'{"seq":4,"prev":"')
    asyncio.run(_opened_and_closed(tmp_path / "l"))
    torn = [json.loads(line) for line in (tmp_path / "l" / segment_names(tmp_path / "l")[1]).read_bytes().splitlines()][
        1
    ]
    assert (torn["kind"], torn["file"], torn["bytes"]) == ("torn", name, 17)
    found = verify(tmp_path / "l")
    assert found.ok
    assert "a crash left 17 bytes" in found.notes[0]


def test_edited_records_are_no_torn_line_however_often_one_restarts(tmp_path):
    asyncio.run(_opened_and_closed(tmp_path / "l"))
    path = tmp_path / "l" / segment_names(tmp_path / "l")[0]
    path.write_bytes(path.read_bytes().replace(b'"event":"stop"', b'"event":"none"'))
    for _ in range(2):
        asyncio.run(_opened_and_closed(tmp_path / "l"))
    found = verify(tmp_path / "l")
    assert (found.problem.file, found.problem.line, found.problem.sequence) == (path.name, 3, 3)
    assert [record["kind"] for record in records(tmp_path / "l")].count("damaged") == 1


class FullDisk(Folder):
    """A folder on a disk that fills up and is emptied again."""

    error = 0

    def write(self, file, chunk):
        if FullDisk.error:
            raise OSError(FullDisk.error, os.strerror(FullDisk.error))
        return super().write(file, chunk)

    def sync(self, file):
        if FullDisk.error:
            raise OSError(FullDisk.error, os.strerror(FullDisk.error))
        super().sync(file)


@BOTH
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
def test_nothing_goes_through_while_the_disk_refuses_and_all_does_afterwards(tmp_path, durability, code):
    async def life():
        FullDisk.error = 0
        ledger = await Ledger.open(tmp_path / "l", durability=durability, key=KEY, storage=FullDisk.open)
        await ledger.intent(exchange(1), ())
        FullDisk.error = code
        for number in (2, 3):
            with pytest.raises(LedgerError, match=os.strerror(code)):
                await ledger.intent(exchange(number), ())
        await ledger.refusal(exchange(2), DENY)
        ledger.outcome(exchange(1), status="allowed")
        assert not ledger.healthy
        assert os.strerror(code) in ledger.detail
        assert telemetry.LEDGER_HEALTHY.series() == {(): 0}
        FullDisk.error = 0
        async with asyncio.timeout(10):
            while not ledger.healthy:
                await asyncio.sleep(0.01)
        assert telemetry.LEDGER_HEALTHY.series() == {(): 1}
        await ledger.intent(exchange(4), ())
        await ledger.close()

    asyncio.run(life())
    assert story(tmp_path / "l") == ["start", "intent e1", "refusal e2", "outcome e1", "gap", "intent e4", "stop"]
    gap = next(record for record in records(tmp_path / "l") if record["kind"] == "gap")
    assert (gap["refused"], gap["why"]) == (2, os.strerror(code))
    assert verify(tmp_path / "l", KEY).ok


def test_a_client_that_leaves_before_the_flush_leaves_a_whole_story(tmp_path):
    async def life():
        ledger = await Ledger.open(tmp_path / "l", durability=Durability.FSYNC, key=KEY)
        task = asyncio.create_task(ledger.intent(exchange(), ()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await ledger.close()

    asyncio.run(life())
    assert story(tmp_path / "l") == ["start", "intent e1", "outcome e1", "stop"]
    assert records(tmp_path / "l")[-2]["status"] == "aborted"


FILE_LIMIT = """
import asyncio, resource, sys
from pathlib import Path
from yett.core.exchange import Channel, Entrance, Exchange
from yett.core.message import Request
from yett.errors import LedgerError
from yett.ledger.ledger import Ledger

def exchange(number):
    return Exchange(id=f"e{number}", received_at=0.0, channel=Channel(entrance=Entrance.GATEWAY, peer="p"), server="s",
                    request=Request(id=1, method="tools/call", params={"name": "t"}))

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

async def life(path):
    ledger = await Ledger.open(path)
    limit(20_000)
    kept = refused = 0
    while not refused:
        try:
            await ledger.intent(exchange(kept), ())
            kept += 1
        except LedgerError:
            refused += 1
    limit(100)
    await asyncio.sleep(0.3)
    assert not ledger.healthy, "a new segment does not fit either"
    for number in range(5):
        try:
            await ledger.intent(exchange(1000 + number), ())
        except LedgerError:
            refused += 1
    limit(resource.RLIM_INFINITY)
    while not ledger.healthy:
        await asyncio.sleep(0.01)
    await ledger.intent(exchange(2000), ())
    await ledger.close()
    print(kept, refused)

asyncio.run(life(Path(sys.argv[1])))
"""


def test_a_real_file_size_limit_refuses_calls_until_it_is_lifted(tmp_path):
    # Python ignores SIGXFSZ, so a write beyond RLIMIT_FSIZE fails with EFBIG: a full disk that needs no privileges.
    done = subprocess.run(
        [sys.executable, "-c", FILE_LIMIT, tmp_path / "l"], capture_output=True, text=True, check=True, timeout=60
    )
    kept, refused = map(int, done.stdout.split())
    assert refused == 6
    written = [record["exchange"] for record in records(tmp_path / "l") if record["kind"] == "intent"]
    assert written == [*(f"e{number}" for number in range(kept)), "e2000"]
    assert [record["refused"] for record in records(tmp_path / "l") if record["kind"] == "gap"] == [6]
    found = verify(tmp_path / "l")
    assert found.ok, found
    assert "File too large" in found.notes[0]


WRITER = """
import asyncio, os, sys
from pathlib import Path
from yett.core.exchange import Channel, Entrance, Exchange
from yett.core.message import Request
from yett.ledger.ledger import Durability, Ledger

async def life(path, acks, durability, run):
    ledger = await Ledger.open(path, durability=Durability(durability), segment_bytes=50_000)
    async def caller(lane):
        number = 0
        while True:
            name = f"{run}-{lane}-{number}"
            request = Request(id=1, method="tools/call", params={"name": "t", "arguments": {"a": 1}})
            channel = Channel(entrance=Entrance.GATEWAY, peer="p")
            exchange = Exchange(id=name, received_at=0.0, channel=channel, server="s", request=request)
            await ledger.intent(exchange, ())
            os.write(acks, name.encode() + b"\\n")
            ledger.outcome(exchange, status="allowed")
            await asyncio.sleep(0)
            number += 1
    await asyncio.gather(*(caller(lane) for lane in range(4)))

# One interpreter forks every writer: starting Python anew for each would take longer than all the killing.
for line in sys.stdin:
    path, acks, durability, run = line.split()
    child = os.fork()
    if child == 0:
        asyncio.run(life(Path(path), os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND), durability, run))
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


def test_no_acknowledged_intent_is_lost_to_kill_9(tmp_path):
    chance = random.Random(20261123)
    acks = {mode.value: tmp_path / f"{mode.value}.acks" for mode in Durability}
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as nursery:
        for run in range(26):
            mode = "fsync" if run % 3 == 2 else "write"
            before = acks[mode].stat().st_size if acks[mode].exists() else 0
            nursery.stdin.write(f"{tmp_path / mode} {acks[mode]} {mode} r{run}\n")
            nursery.stdin.flush()
            child = int(nursery.stdout.readline())
            deadline = time.monotonic() + 20
            while not acks[mode].exists() or acks[mode].stat().st_size == before:
                assert time.monotonic() < deadline, "the writer does not start"
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.03))
            os.kill(child, signal.SIGKILL)
            assert int(nursery.stdout.readline()) == signal.SIGKILL
        nursery.stdin.close()
    for mode, file in acks.items():
        acknowledged = file.read_text().split()
        kept = set()
        for name in segment_names(tmp_path / mode):
            for line in (tmp_path / mode / name).read_bytes().split(b"\n")[:-1]:
                kept.add(json.loads(line).get("exchange"))
        assert len(acknowledged) > 20
        assert set(acknowledged) <= kept
        assert verify(tmp_path / mode).problem is None


@BOTH
def test_a_flood_is_counted_exactly_and_fills_no_disk(tmp_path, durability):
    flood = Deny(reason=Reason(code="peer.flood", kind=Kind.FLOOD, public="too many requests"))

    async def life():
        ledger = await Ledger.open(tmp_path / "l", durability=durability, key=KEY)
        for number in range(1000):
            await ledger.refusal(exchange(number), flood)
        await ledger.close()

    asyncio.run(life())
    assert story(tmp_path / "l") == ["start", "flood", "stop"]
    assert records(tmp_path / "l")[-2]["fields"] == {"refused": 1000, "peer": "10.0.0.7"}
    assert verify(tmp_path / "l", KEY).ok


def test_a_flood_is_told_while_it_lasts(tmp_path):
    flood = Deny(reason=Reason(code="peer.flood", kind=Kind.FLOOD, public="too many requests"))

    async def life():
        ledger = await Ledger.open(tmp_path / "l", key=KEY, flood_seconds=0.01)
        await ledger.refusal(exchange(), flood)
        for _ in range(500):
            if "flood" in story(tmp_path / "l"):
                break
            await asyncio.sleep(0.01)
        await ledger.refusal(exchange(2), flood)
        await ledger.close()

    asyncio.run(life())
    assert story(tmp_path / "l") == ["start", "flood", "flood", "stop"]


def test_a_ledger_that_is_a_file_is_named_as_one(tmp_path):
    (tmp_path / "l").write_text("no folder")
    with pytest.raises(LedgerError, match="it is a file, and a ledger is a folder"):
        asyncio.run(Ledger.open(tmp_path / "l"))
