from yett.auditor.analysis.effort import MOST_STEPS_OF_A_FILE, MOST_STEPS_OF_A_RUN, Effort
from yett.auditor.analysis.files import parse

MODULE = parse("a.py", "def f(x):\n    return x\n").module
FUNCTION = next(function for function in MODULE.functions if function.name == "f")
TOO_LONG = "`f` takes more work than one function is given"


def test_a_run_within_its_bound_costs_what_it_spent():
    effort = Effort(1)
    before = effort.left
    assert effort.begin(FUNCTION)
    effort.spend(40)
    effort.end()
    assert (before - effort.left, effort.over, effort.given_up) == (40, False, {})


def test_a_run_beyond_its_bound_is_over_and_named_with_its_line():
    effort = Effort(1)
    assert effort.begin(FUNCTION)
    effort.spend(MOST_STEPS_OF_A_RUN + 1)
    assert effort.over
    effort.end()
    assert effort.given_up == {(MODULE, 1): TOO_LONG}


def test_the_next_run_starts_afresh():
    effort = Effort(1)
    effort.begin(FUNCTION)
    effort.spend(MOST_STEPS_OF_A_RUN + 1)
    effort.end()
    assert effort.begin(FUNCTION)
    assert not effort.over


def test_a_file_that_spent_its_share_is_left_out_and_named():
    effort = Effort(10_000)
    runs = 0
    while effort.begin(FUNCTION):
        effort.spend(MOST_STEPS_OF_A_RUN)
        effort.end()
        runs += 1
    assert runs == MOST_STEPS_OF_A_FILE // MOST_STEPS_OF_A_RUN
    assert effort.given_up == {(MODULE, 1): "the file takes more work than one file is given"}
    assert effort.left > 0


def test_nothing_begins_when_the_target_has_spent_its_share():
    effort = Effort(0)
    effort.left = 0
    assert not effort.begin(FUNCTION)
