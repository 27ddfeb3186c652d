import time

import yaml
from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.documents.flaw import Flaw
from yett.auditor.documents.yaml_reader import DEPTH_LIMIT, NODE_LIMIT, read_yaml
from yett.config.node import Span, find, plain

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f\x85"), max_size=12)
SCALARS = st.integers(-(10**15), 10**15) | st.booleans() | st.none() | TEXT
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=15
)


@given(st.lists(VALUES, min_size=1, max_size=3))
def test_documents_are_read_as_they_were_written(values):
    text = yaml.safe_dump_all(values, allow_unicode=True)
    assert [plain(root) for root in read_yaml(text)] == values


@given(st.text() | st.text(alphabet="{}[]&*a:-? |>!%<\n\"' \t"))
def test_any_text_is_read_or_refused(text):
    found = read_yaml(text)
    assert isinstance(found, tuple | Flaw)


def test_values_know_where_they_stand():
    (root,) = read_yaml("a:\n  - b: xyz\n")
    assert find(root, ("a", 0, "b")).node.span == Span(2, 8, 2, 11)


def test_merge_keys_and_aliases_are_followed():
    (root,) = read_yaml("x: &x { a: 1, b: 2 }\ny:\n  <<: *x\n  b: 3\n")
    assert plain(root)["y"] == {"a": 1, "b": 3}


def test_an_alias_bomb_is_refused_in_little_time():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 10) + "]" for n in range(1, 30)]
    started = time.process_time()
    assert read_yaml("\n".join(lines)).says == f"more than {NODE_LIMIT} values"
    assert time.process_time() - started < 5


def test_depth_is_bounded():
    assert read_yaml("[" * 50_000).says == f"nested more than {DEPTH_LIMIT} levels deep"


def test_an_alias_of_itself_is_refused():
    assert read_yaml("a: &a [*a]") == Flaw("an alias of nothing: `*a`", 1)


def test_what_deployments_call_true_is_true():
    (root,) = read_yaml("a: yes\nb: on\nc: 'yes'\nd: off\n")
    assert plain(root) == {"a": True, "b": True, "c": "yes", "d": False}
