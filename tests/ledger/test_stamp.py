from datetime import datetime

from yett.ledger.stamp import Stamp


def test_wall_time_is_rfc_3339_in_utc_with_microseconds():
    assert Stamp(lambda: 1_795_435_269.5).at() == "2026-11-23T12:01:09.500000Z"


def test_every_time_has_the_same_length():
    assert {len(Stamp(lambda now=now: now).at()) for now in (0.0, 0.000001, 1e9, 1_795_435_269.999999)} == {27}


def test_times_follow_the_clock_both_ways():
    now = [1000.25]
    stamp = Stamp(lambda: now[0])
    seen = []
    for now[0] in (1000.25, 1001.0, 1000.5):
        seen.append(datetime.fromisoformat(stamp.at()).timestamp())
    assert seen == [1000.25, 1001.0, 1000.5]


def test_monotonic_time_is_beside_it():
    assert Stamp(lambda: 0.0, lambda: 17).monotonic() == 17


def test_both_clocks_are_written_as_every_record_begins():
    stamp = Stamp(lambda: 1_795_435_269.5, lambda: 17)
    assert stamp.fields() == f'"at":"{stamp.at()}","mono":17'
