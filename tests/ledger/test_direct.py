import asyncio
import json

import pytest

from yett.errors import LedgerError
from yett.ledger.backlog import Backlog
from yett.ledger.direct import RETRY_SECONDS, Direct
from yett.ledger.scribe import Scribe
from yett.ledger.stamp import Stamp


class Paper:
    """A journal in memory; `full` makes it refuse."""

    def __init__(self):
        self.batches = []
        self.full = False

    def append(self, bodies):
        if self.full:
            raise OSError(28, "No space left on device")
        self.batches.append(bodies)


class Timer:
    def __init__(self, act):
        self._act = act

    def cancel(self):
        self._act = None

    def ring(self):
        if self._act is not None:
            self._act()


class Loop:
    """The running loop, with timers that ring when the test says that time has passed."""

    def __init__(self):
        self.timers = []

    def create_future(self):
        return asyncio.get_running_loop().create_future()

    def call_soon(self, act):
        asyncio.get_running_loop().call_soon(act)

    def call_later(self, seconds, act):
        assert seconds == RETRY_SECONDS
        self.timers.append(Timer(act))
        return self.timers[-1]

    def time_passes(self):
        timers, self.timers = self.timers, []
        for timer in timers:
            timer.ring()


@pytest.fixture
def parts():
    paper, loop = Paper(), Loop()
    backlog = Backlog(Scribe(b"k" * 32, Stamp(lambda: 0.0, lambda: 1)))
    return Direct(paper, backlog, loop), paper, loop, backlog


def living(life):
    """Run a test that is a coroutine."""

    def test(parts):
        asyncio.run(life(*parts))

    test.__name__ = life.__name__
    return test


async def turn():
    await asyncio.sleep(0)


async def refused(writer, body):
    with pytest.raises(LedgerError, match="No space left"):
        await writer.keep(body)


@living
async def test_an_intent_is_written_before_keep_returns(writer, paper, *_):
    await writer.keep(b"intent")
    assert paper.batches == [[b"intent"]]


@living
async def test_the_intents_of_one_turn_share_one_write(writer, paper, *_):
    await asyncio.gather(writer.keep(b"a"), writer.keep(b"b"), writer.keep(b"c"))
    assert paper.batches == [[b"a", b"b", b"c"]]


@living
async def test_records_nobody_waits_for_share_the_next_write(writer, paper, *_):
    writer.put(b"outcome 1")
    writer.put(b"outcome 2")
    await writer.keep(b"intent")
    await turn()
    assert paper.batches == [[b"outcome 1", b"outcome 2", b"intent"]]


@living
async def test_they_are_written_when_the_turn_ends_at_the_latest(writer, paper, *_):
    writer.put(b"outcome 1")
    writer.put(b"outcome 2")
    assert paper.batches == []
    await turn()
    assert paper.batches == [[b"outcome 1", b"outcome 2"]]


@living
async def test_refusals_are_written_at_once(writer, paper, *_):
    writer.put(b"refusal", at_once=True)
    assert paper.batches == [[b"refusal"]]


@living
async def test_whoever_leaves_before_the_write_still_has_an_intent_before_the_outcome(writer, paper, *_):
    leaving = asyncio.create_task(writer.keep(b"intent 1"))
    staying = asyncio.create_task(writer.keep(b"intent 2"))
    await turn()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert leaving.cancelled()
    writer.put(b"outcome 1")
    await staying
    await turn()
    written = [body for batch in paper.batches for body in batch]
    assert sorted(written) == [b"intent 1", b"intent 2", b"outcome 1"]
    assert written.index(b"intent 1") < written.index(b"outcome 1")


@living
async def test_a_full_disk_refuses_the_very_call(writer, paper, *rest):
    paper.full = True
    await refused(writer, b"intent")
    assert rest[-1].why == "No space left on device"


@living
async def test_a_full_disk_refuses_all_calls_of_the_turn(writer, paper, loop, *_):
    paper.full = True
    await asyncio.gather(refused(writer, b"intent 1"), refused(writer, b"intent 2"))
    paper.full = False
    loop.time_passes()
    assert [json.loads(body)["refused"] for batch in paper.batches for body in batch] == [2]


@living
async def test_who_waits_while_the_disk_refuses_another_record_is_refused(writer, paper, *_):
    waiting = asyncio.create_task(refused(writer, b"intent"))
    await asyncio.sleep(0)
    paper.full = True
    writer.put(b"refusal", at_once=True)
    await waiting
    assert paper.batches == []


@living
async def test_a_refused_intent_is_never_written_later(writer, paper, loop, *_):
    paper.full = True
    await refused(writer, b"intent 1")
    await refused(writer, b"intent 2")
    paper.full = False
    loop.time_passes()
    await writer.keep(b"intent 3")
    bodies = [body for batch in paper.batches for body in batch]
    assert json.loads(bodies[0])["refused"] == 2
    assert bodies[1:] == [b"intent 3"]


@living
async def test_service_resumes_without_a_call(writer, paper, loop, backlog):
    paper.full = True
    await refused(writer, b"intent")
    loop.time_passes()
    assert backlog.why
    paper.full = False
    loop.time_passes()
    assert not backlog.why
    await writer.keep(b"next")


@living
async def test_outcomes_wait_in_memory_while_the_disk_refuses(writer, paper, loop, *_):
    paper.full = True
    writer.put(b"outcome 1")
    await turn()
    writer.put(b"outcome 2")
    writer.put(b"refusal", at_once=True)
    await turn()
    paper.full = False
    loop.time_passes()
    assert [body for body in paper.batches[0] if not body.startswith(b"{")] == [b"outcome 1", b"outcome 2", b"refusal"]


@living
async def test_closing_writes_what_waits(writer, paper, *_):
    writer.put(b"outcome")
    await writer.close()
    assert paper.batches == [[b"outcome"]]


@living
async def test_closing_on_a_full_disk_ends(writer, paper, loop, *_):
    paper.full = True
    await refused(writer, b"intent")
    await writer.close()
    loop.time_passes()
    assert paper.batches == []
