from __future__ import annotations

from random import Random

from yett.enforce.inbound import ExchangeIds


def test_ids_sort_by_time_and_do_not_repeat() -> None:
    ids = ExchangeIds(Random(1))
    made = [ids.next(1_800_000_000 + i / 1000) for i in range(1_000)]
    assert made == sorted(made)
    assert len(set(made)) == 1_000


def test_an_id_is_twenty_hex_digits() -> None:
    made = ExchangeIds(Random(1)).next(1_800_000_000.0)
    assert len(made) == 20
    assert int(made[:11], 16) == 1_800_000_000_000


def test_the_source_of_randomness_is_asked_rarely() -> None:
    class Source(Random):
        asked = 0

        def getrandbits(self, k):
            Source.asked += 1
            return super().getrandbits(k)

    ids = ExchangeIds(Source(1))
    made = {ids.next(1_800_000_000.0) for _ in range(1_024)}
    assert (len(made), Source.asked) == (1_024, 4)
    assert {len(each) for each in made} == {20}
