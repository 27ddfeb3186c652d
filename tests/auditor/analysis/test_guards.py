import pytest

from yett.auditor.analysis import guards
from yett.auditor.analysis.marks import DOTS, EVERY, LEXICAL, OPTION, PATH, PIECE, RAW, ROOT, SUFFIX
from yett.auditor.analysis.values import Value, constant

O = (0, 0, ())  # noqa: E741 - an origin


def trusts(value):
    return not value.taint


def value(mark=RAW | EVERY):
    return Value(taint={O: mark})


def test_membership_proves_the_whole_and_nothing_of_a_piece():
    allowed = Value(items=(constant("a"),))
    assert guards.member(value(), allowed, negated=False, trusts=trusts) == (((), True, O, EVERY),)
    assert guards.member(value(EVERY | PIECE), allowed, negated=False, trusts=trusts) == ()
    assert guards.member(value(EVERY | SUFFIX | PIECE), allowed, negated=False, trusts=trusts)[0][3] & PATH == 0


def test_membership_in_something_tainted_proves_nothing():
    assert guards.member(value(), Value(taint={(1, 0, ()): EVERY}), negated=False, trusts=trusts) == ()


@pytest.mark.parametrize(("needle", "proven"), [("..", DOTS), ("/", PATH), ("x", 0)])
def test_a_text_that_was_searched_in_vain(needle, proven):
    facts = guards.searched(value(), needle, truth=False)
    assert facts == ((((), False, O, proven),) if proven else ())


def test_a_prefix_proves_what_the_form_of_the_path_allows():
    base = Value(head="\0/")
    assert guards.starts(value(EVERY | LEXICAL), base, trusts) == (((), True, O, PATH),)
    assert guards.starts(value(), constant("-"), trusts) == (((), False, O, OPTION),)
    assert guards.starts(value(), constant("/"), trusts) == (((), False, O, ROOT),)


def test_nothing_at_all_is_not_dangerous():
    assert (((), True, O, EVERY)) in guards.equal(value(), constant(None), negated=False, trusts=trusts)
