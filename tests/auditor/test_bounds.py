from yett.auditor.bounds import Bounds, Budget


def test_each_bound_ends_reading_with_its_own_words():
    now = [0.0]
    budget = Budget(Bounds(files=2, bytes=10, one_file=8, entries=1, seconds=5), lambda: now[0])
    assert budget.refusal(9) == "larger than 8 bytes"
    budget.spend(6)
    assert budget.refusal(5) == "more than 10 bytes in all"
    assert budget.refusal(4) == ""
    budget.spend(1)
    assert budget.refusal(1) == "more than 2 files"
    assert budget.see() == ""
    assert budget.see() == "more than 1 entries"
    now[0] = 6.0
    assert budget.out_of_time() == "reading took more than 5 seconds"
    assert budget.refusal(0) == "more than 2 files"
