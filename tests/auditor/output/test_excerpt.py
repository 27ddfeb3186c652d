from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.finding import Confidence, Finding, Place, Severity, Step
from yett.auditor.output.excerpt import excerpts


def finding(*places, own=None):
    return Finding(
        rule="r",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        place=own or places[-1],
        message="",
        subject="",
        steps=tuple(Step(place=place, says=f"step {number}") for number, place in enumerate(places, 1)),
    )


def place(text="abcdef", column=3, end_column=5, line=1, end_line=1):
    return Place(path="a", line=line, column=column, end_line=end_line, end_column=end_column, text=text)


def test_a_line_is_three_parts():
    (part,) = excerpts(finding(place()))
    assert (part["before"], part["marked"], part["after"]) == ("ab", "cd", "ef")
    assert (part["where"], part["says"]) == ("a:1:3", "step 1")


def test_a_finding_without_steps_shows_its_own_place():
    (part,) = excerpts(finding(own=place()))
    assert (part["marked"], part["says"]) == ("cd", "")


def test_indentation_is_no_news():
    (part,) = excerpts(finding(place(text="      run(x)", column=7, end_column=10)))
    assert (part["before"], part["marked"]) == ("", "run")


def test_a_long_line_is_cut_around_its_mark():
    (part,) = excerpts(finding(place(text="x" * 90 + "SINK" + "y" * 100, column=91, end_column=95)))
    assert part["marked"] == "SINK"
    assert part["before"] == "…" + "x" * 40
    assert part["after"].endswith("y…")


def test_a_long_flow_keeps_its_ends_and_says_so():
    parts = list(excerpts(finding(*[place(line=line, end_line=line) for line in range(1, 31)])))
    assert [part["line"] for part in parts] == [1, 2, 3, 4, 5, 26, 27, 28, 29, 30]
    assert parts[5]["says"] == "step 26 (20 steps before this are left out)"


@given(st.text(max_size=250), st.integers(-5, 300), st.integers(-5, 300), st.integers(0, 3))
def test_no_place_breaks_an_excerpt(text, column, end_column, more):
    (part,) = excerpts(finding(place(text=text, column=column, end_column=end_column, end_line=1 + more)))
    for piece in ("before", "marked", "after"):
        assert part[piece].isprintable()
