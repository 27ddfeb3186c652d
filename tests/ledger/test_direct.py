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
    """Runs what was scheduled when the test says that the turn is over, or that time has passed."""

    def __init__(self):
        self.soon = []
        self.timers = []

    def call_soon(self, act):
        self.soon.append(act)

    def call_later(self, seconds, act):
        assert seconds == RETRY_SECONDS
        self.timers.append(Timer(act))
        return self.timers[-1]

    def turn_ends(self):
        acts, self.soon = self.soon, []
        for act in acts:
            act()

    def time_passes(self):
        timers, self.timers = self.timers, []
        for timer in timers:
            timer.ring()


@pytest.fixture
def parts():
    paper, loop = Paper(), Loop()
    backlog = Backlog(Scribe(b"k" * 32, Stamp(lambda: 0.0, lambda: 1)))
    return Direct(paper, backlog, loop), paper, loop, backlog


def kept(writer, body):
    asyncio.run(writer.keep(body))


def refused(writer, body):
    with pytest.raises(LedgerError, match="No space left"):
        kept(writer, body)


def test_an_intent_is_written_before_keep_returns(parts):
    writer, paper, _, _ = parts
    kept(writer, b"intent")
    assert paper.batches == [[b"intent"]]


def test_keeping_an_intent_never_gives_the_turn_away(parts):
    writer, _, _, _ = parts
    coroutine = writer.keep(b"intent")
    with pytest.raises(StopIteration):
        coroutine.send(None)


def test_records_nobody_waits_for_share_the_next_write(parts):
    writer, paper, loop, _ = parts
    writer.put(b"outcome 1")
    writer.put(b"outcome 2")
    kept(writer, b"intent")
    loop.turn_ends()
    assert paper.batches == [[b"outcome 1", b"outcome 2", b"intent"]]


def test_they_are_written_when_the_turn_ends_at_the_latest(parts):
    writer, paper, loop, _ = parts
    writer.put(b"outcome 1")
    writer.put(b"outcome 2")
    assert paper.batches == []
    loop.turn_ends()
    assert paper.batches == [[b"outcome 1", b"outcome 2"]]


def test_refusals_are_written_at_once(parts):
    writer, paper, _, _ = parts
    writer.put(b"refusal", at_once=True)
    assert paper.batches == [[b"refusal"]]


def test_a_full_disk_refuses_the_very_call(parts):
    writer, paper, _, backlog = parts
    paper.full = True
    refused(writer, b"intent")
    assert backlog.why == "No space left on device"


def test_a_refused_intent_is_never_written_later(parts):
    writer, paper, loop, _ = parts
    paper.full = True
    refused(writer, b"intent 1")
    refused(writer, b"intent 2")
    paper.full = False
    loop.time_passes()
    kept(writer, b"intent 3")
    bodies = [body for batch in paper.batches for body in batch]
    assert json.loads(bodies[0])["refused"] == 2
    assert bodies[1:] == [b"intent 3"]


def test_service_resumes_without_a_call(parts):
    writer, paper, loop, backlog = parts
    paper.full = True
    refused(writer, b"intent")
    loop.time_passes()
    assert backlog.why
    paper.full = False
    loop.time_passes()
    assert not backlog.why
    kept(writer, b"next")


def test_outcomes_wait_in_memory_while_the_disk_refuses(parts):
    writer, paper, loop, _ = parts
    paper.full = True
    writer.put(b"outcome 1")
    loop.turn_ends()
    writer.put(b"outcome 2")
    writer.put(b"refusal", at_once=True)
    loop.turn_ends()
    paper.full = False
    loop.time_passes()
    assert [body for body in paper.batches[0] if not body.startswith(b"{")] == [b"outcome 1", b"outcome 2", b"refusal"]


def test_closing_writes_what_waits(parts):
    writer, paper, _, _ = parts
    writer.put(b"outcome")
    asyncio.run(writer.close())
    assert paper.batches == [[b"outcome"]]


def test_closing_on_a_full_disk_ends(parts):
    writer, paper, loop, _ = parts
    paper.full = True
    refused(writer, b"intent")
    asyncio.run(writer.close())
    loop.time_passes()
    assert paper.batches == []
