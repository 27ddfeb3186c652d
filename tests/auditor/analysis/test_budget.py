import pytest

from yett.auditor.analysis.budget import DEEPEST, Budget, TooLarge


def test_too_deep_is_noted_once_with_its_line():
    budget = Budget()
    assert all(budget.deeper(1) for _ in range(DEEPEST))
    assert not budget.deeper(7)
    assert not budget.deeper(8)
    assert budget.cut == [(7, f"nested deeper than {DEEPEST} levels")]


def test_too_many_nodes_end_the_file():
    budget = Budget()
    budget.nodes = 1
    budget.spend()
    with pytest.raises(TooLarge):
        budget.spend()
