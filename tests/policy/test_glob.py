from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yett.policy.glob import Glob

TEXTS = st.text(alphabet="ab/.", max_size=12)
PATTERNS = st.text(alphabet="ab/.*", max_size=10)


def oracle(pattern: str) -> re.Pattern[str]:
    """The same language through Python's `re`, which may backtrack on these short texts."""
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("get_*", "get_", True),
        ("get_*", "get_issue", True),
        ("get_*", "xget_issue", False),
        ("get_*", "get", False),
        ("*_all", "delete_all", True),
        ("*_all", "delete_all2", False),
        ("*", "", True),
        ("*", "anything.at/all", True),
        ("a*b*c", "abc", True),
        ("a*b*c", "a--b--c", True),
        ("a*b*c", "a--c--b", False),
        ("a*a", "a", False),
        ("a**b", "ab", True),
        ("echo", "echo", True),
        ("echo", "Echo", False),
        ("echo", "echo\n", False),
        ("a.b", "axb", False),
        ("a[bc]", "ab", False),
        ("file:///docs/*", "file:///docs/a/b.txt", True),
        ("file:///docs/*", "file:///docsx/a", False),
        ("file:///*/readme", "file:///a/readme", True),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_a_glob_is_anchored_and_knows_only_the_star(pattern, text, expected):
    assert Glob(pattern).matches(text) is expected


@settings(deadline=None)
@given(PATTERNS, TEXTS)
def test_a_glob_matches_what_the_oracle_matches(pattern, text):
    assert Glob(pattern).matches(text) is bool(oracle(pattern).fullmatch(text))


@settings(deadline=None)
@given(PATTERNS, PATTERNS, TEXTS)
def test_what_is_covered_matches(ours, theirs, text):
    if Glob(ours).covers(Glob(theirs)) and Glob(theirs).matches(text):
        assert Glob(ours).matches(text)


@settings(deadline=None)
@given(PATTERNS, PATTERNS, TEXTS)
def test_what_matches_both_overlaps(ours, theirs, text):
    a, b = Glob(ours), Glob(theirs)
    if a.matches(text) and b.matches(text):
        assert a.overlaps(b)
    assert a.overlaps(b) is b.overlaps(a)


@pytest.mark.parametrize(
    ("ours", "theirs", "covered", "overlapping"),
    [
        ("*", "get_*", True, True),
        ("get_*", "*", False, True),
        ("get_*", "get_issue_*", True, True),
        ("get_*", "set_*", False, False),
        ("get_*", "*_all", False, True),
        ("a*b", "a*b", True, True),
        ("a*b", "a*c*b", True, True),
        ("a*c*b", "a*b", False, True),
        ("a", "a", True, True),
        ("a", "b", False, False),
        ("", "*", False, True),
        ("a*", "b*", False, False),
    ],
)
def test_globs_are_compared_as_languages(ours, theirs, covered, overlapping):
    assert (Glob(ours).covers(Glob(theirs)), Glob(ours).overlaps(Glob(theirs))) == (covered, overlapping)


def test_many_stars_cost_no_more_than_few():
    pattern = Glob("a*" * 100 + "b")
    began = time.process_time()
    assert not pattern.matches("a" * 5_000)
    # A backtracking matcher would not come back at all; the bound leaves room for a busy machine.
    assert time.process_time() - began < 20  # seconds of CPU: the line to a process that is held


def test_an_exact_pattern_knows_that_it_is_exact():
    assert Glob("echo").exact
    assert not Glob("echo*").exact
    assert repr(Glob("a*b")) == "Glob('a*b')"
