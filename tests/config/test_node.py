from __future__ import annotations

from yett.config.node import START, Entry, Found, List, Map, Place, Scalar, Span, find, plain, spot, walk

ONE = Scalar(1, Span(2, 8, 2, 9))
ITEMS = List([ONE, Scalar("x", Span(3, 8, 3, 9))], Span(2, 6, 3, 9))
ROOT = Map(
    {"a": Entry(Span(1, 1, 1, 2), Map({"b": Entry(Span(2, 3, 2, 4), ITEMS)}, Span(2, 3, 3, 9)))}, Span(1, 1, 4, 1)
)


def test_a_span_is_as_wide_as_its_first_line_shows():
    assert Span(1, 3, 1, 7).width == 4
    assert Span(1, 3, 1, 3).width == 1
    assert Span(1, 3, 2, 9).width == 0


def test_a_place_reads_as_people_write_it():
    assert str(Place("yett.yaml", 8, 60)) == "yett.yaml:8:60"


def test_a_tree_becomes_plain_values():
    assert plain(ROOT) == {"a": {"b": [1, "x"]}}


def test_walking_goes_through_everything_in_order():
    assert [(path, span) for path, span, _ in walk(ROOT)] == [
        (("a",), Span(1, 1, 1, 2)),
        (("a", "b"), Span(2, 3, 2, 4)),
        (("a", "b", 0), Span(2, 8, 2, 9)),
        (("a", "b", 1), Span(3, 8, 3, 9)),
    ]


def test_finding_follows_a_path_as_far_as_it_goes():
    assert find(ROOT, ("a", "b", 0)) == Found(ONE, Span(2, 8, 2, 9))
    assert find(ROOT, ("a", "b", 7, "c")) == Found(ITEMS, Span(2, 3, 2, 4), (7, "c"))
    assert find(ROOT, ("a", "b", "c")) == Found(ITEMS, Span(2, 3, 2, 4), ("c",))
    assert find(ROOT, (0,)) == Found(ROOT, START, (0,))


def test_a_short_value_is_pointed_at_and_a_long_one_at_its_key():
    assert spot(ROOT, ("a", "b", 0)) == Span(2, 8, 2, 9)
    assert spot(ROOT, ("a", "b")) == Span(2, 3, 2, 4)
    assert spot(ROOT, ("a", "b", 0), of_key=True) == Span(2, 8, 2, 9)


def test_what_does_not_exist_is_spoken_about_at_the_first_key():
    assert spot(ROOT, ("z",)) == Span(1, 1, 1, 2)
    assert spot(Map({}, START), ("z",)) == START
