import json

from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.documents.flaw import Flaw
from yett.auditor.documents.json_reader import DEPTH_LIMIT, read_json
from yett.config.node import Span, find, plain

NUMBERS = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False, width=32)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 0, 2]))
def test_every_json_document_is_read_as_the_standard_library_reads_it(value, indent):
    assert plain(read_json(json.dumps(value, indent=indent, ensure_ascii=bool(indent)))) == value


@given(st.text() | st.text(alphabet='{}[]":,\\/* \n\ue000tfn0-9'))
def test_any_text_is_read_or_refused(text):
    node = read_json(text)
    if isinstance(node, Flaw):
        assert node.says
        assert 1 <= node.line <= len(text) + 1


def test_values_know_where_they_stand():
    root = read_json('{\n  // why\n  "a": { "b": ["x", 12] }, /* no */\n}')
    assert find(root, ("a", "b", 0)).node.span == Span(3, 16, 3, 19)
    assert find(root, ("a", "b", 1)).node.span == Span(3, 21, 3, 23)
    assert root.entries["a"].span == Span(3, 3, 3, 6)


def test_the_last_of_two_equal_keys_counts():
    assert plain(read_json('{"a": 1, "a": 2}')) == {"a": 2}


def test_depth_is_bounded():
    assert read_json("[" * 100_000) == Flaw(f"nested more than {DEPTH_LIMIT} levels deep", 1)


def test_a_lone_surrogate_becomes_a_character_that_can_be_printed():
    assert plain(read_json('"\\ud800"')) == "\ufffd"
