from yett.auditor.analysis.marks import EVERY, PATH, SHELL
from yett.auditor.analysis.state import State, meet
from yett.auditor.analysis.values import Value, constant

O = (0, 0, ())  # noqa: E741 - an origin


def test_what_is_ruled_out_of_an_object_is_ruled_out_of_its_fields():
    state = State({}, {})
    state.rule_out(O, SHELL)
    assert state.left((0, 0, ("a", "b")), EVERY) == EVERY & ~SHELL
    assert state.left((0, 1, ()), EVERY) == EVERY


def test_only_what_every_way_ruled_out_stays_ruled_out():
    one, other = State({}, {O: SHELL | PATH}), State({}, {O: PATH})
    assert meet([one, other]).cleared == {O: PATH}


def test_what_one_way_ruled_out_holds_for_what_it_bound():
    x = Value(taint={O: EVERY})
    tested, replaced = State({"x": x}, {O: SHELL}), State({"x": constant("a")}, {})
    met = meet([tested, replaced])
    assert met.names["x"].taint == {O: EVERY & ~SHELL}


def test_ways_that_ended_do_not_count():
    ended, living = State({"x": constant(1)}, {}), State({"x": constant(2)}, {O: PATH})
    ended.dead = True
    met = meet([ended, living])
    assert (met.names["x"].const, met.cleared) == (2, {O: PATH})
    assert meet([ended]).dead
