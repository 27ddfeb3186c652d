from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.analysis.marks import EVERY, PIECE, RAW
from yett.auditor.analysis.values import (
    MOST_ITEMS,
    NOTHING,
    UNKNOWN,
    Value,
    constant,
    element,
    everything,
    field,
    join,
    join_all,
    texts,
    truth,
)

O = (0, 0, ())  # noqa: E741 - an origin


def test_a_field_of_what_was_given_is_told_from_the_others():
    assert field(Value(taint={O: EVERY | RAW}), "a").taint == {(0, 0, ("a",)): EVERY | RAW}
    assert field(Value(taint={O: EVERY}), "a").taint == {O: EVERY | PIECE}
    assert field(Value(fields={"a": constant(1)}), "a").const == 1


def test_an_element_is_any_of_them():
    assert texts(element(Value(items=(constant("a"), constant("b"))))) == ("a", "b")


def test_what_is_known_of_either_is_known_only_where_both_agree():
    assert join(constant("a"), constant("a")).const == "a"
    assert join(constant("a"), constant("b")).const is UNKNOWN
    assert join(constant("select a"), constant("select b")).head == "select \0"
    assert join(NOTHING, constant(1)).const == 1


def test_truth_is_known_of_constants_and_of_things():
    assert [truth(value) for value in (constant(""), constant(0), constant("a"), Value(fields={}), Value(items=()), NOTHING)] == [
        False, False, True, True, False, None,
    ]  # fmt: skip


VALUES = st.recursive(
    st.builds(constant, st.sampled_from(["a", "b", 1, None, True])) | st.just(Value(taint={O: EVERY})),
    lambda inner: (
        st.builds(lambda items: Value(items=tuple(items)), st.lists(inner, max_size=4))
        | st.builds(lambda fields: Value(fields=fields), st.dictionaries(st.sampled_from("abc"), inner, max_size=3))
    ),
    max_leaves=12,
)


@given(st.lists(VALUES, max_size=6))
def test_joining_loses_no_origin_and_stays_bounded(values):
    joined = join_all(values)
    assert all(set(everything(value)) <= set(everything(joined)) for value in values)
    assert len(joined.items or ()) <= MOST_ITEMS


def test_a_value_that_holds_itself_over_and_over_is_its_taint_only():
    value = Value(taint={O: EVERY})
    for _ in range(40):
        value = Value(fields={str(i): value for i in range(100)}, items=(value, value))
    assert everything(value) == {O: EVERY}
    assert value.size <= 20_000
    assert truth(join(value, constant(1))) is not False
