import json

from yett.ledger.backlog import Backlog
from yett.ledger.scribe import Scribe
from yett.ledger.stamp import Stamp


def backlog(**more):
    return Backlog(Scribe(b"k" * 32, Stamp(lambda: 0.0, lambda: 1)), **more)


def test_an_empty_backlog_has_nothing_to_write():
    assert not backlog()


def test_records_wait_in_their_order_before_the_intents():
    log = backlog()
    log.add(b"a")
    log.add(b"b")
    assert log.batch(b"intent").bodies == [b"a", b"b", b"intent"]


def test_a_batch_stays_until_it_is_written():
    log = backlog()
    log.add(b"a")
    batch = log.batch()
    log.add(b"b")
    assert log.batch().bodies == [b"a", b"b"]
    log.written(batch)
    assert log.batch().bodies == [b"b"]


def test_a_failure_begins_a_gap_that_counts_refused_calls():
    log = backlog()
    log.fail("no space left on device")
    log.refuse()
    log.refuse()
    assert log
    gap, intent = log.batch(b"intent").bodies
    assert intent == b"intent"
    assert json.loads(gap) == {
        "kind": "gap",
        "at": "1970-01-01T00:00:00.000000Z",
        "mono": 1,
        "since": "1970-01-01T00:00:00.000000Z",
        "why": "no space left on device",
        "refused": 2,
    }


def test_a_written_gap_is_over():
    log = backlog()
    log.fail("full")
    log.refuse()
    log.written(log.batch())
    assert not log
    assert log.why == ""


def test_what_is_refused_while_the_gap_is_written_begins_another():
    log = backlog()
    log.fail("full")
    log.refuse()
    batch = log.batch()
    log.refuse()
    log.written(batch)
    assert json.loads(log.batch().bodies[0])["refused"] == 1


def test_what_does_not_fit_is_counted():
    log = backlog(max_bytes=5)
    for body in (b"abc", b"de", b"f", b"g"):
        log.add(body)
    batch = log.batch()
    assert batch.bodies[:2] == [b"abc", b"de"]
    assert json.loads(batch.bodies[2])["lost"] == 2
    log.written(batch)
    log.add(b"hijkl")
    assert log.batch().bodies == [b"hijkl"]
