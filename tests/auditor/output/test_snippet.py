import pytest
from hypothesis import given
from hypothesis import strategies as st

from yett.auditor.finding import Confidence, Finding, Place, Severity, Step
from yett.auditor.output.snippet import cells, draw
from yett.config.diagnostic import PLAIN


def place(line=1, column=1, end_column=2, text="abc", path="a", end_line=0):
    return Place(path=path, line=line, column=column, end_line=end_line or line, end_column=end_column, text=text)


def drawn(at, *steps, width=80):
    finding = Finding(
        rule="r",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        place=at,
        message="m",
        subject="s",
        steps=tuple(Step(place=where, says=says) for where, says in steps),
    )
    return list(draw(finding, PLAIN, "", width))


def test_a_place_without_a_line_is_named_only():
    assert drawn(Place(path="a")) == [" --> a"]


def test_wide_characters_push_the_mark():
    assert drawn(place(text="日本x", column=3, end_column=4))[-1] == "  |     ^"


def test_what_is_written_as_a_code_point_pushes_the_mark_too():
    assert drawn(place(text="\u202ex", column=2, end_column=3))[-2:] == ["1 | \\u{202e}x", "  |         ^"]


def test_a_long_line_is_cut_around_the_mark():
    lines = drawn(place(text="x" * 100 + "SINK" + "y" * 90, column=101, end_column=105), width=60)
    assert max(map(len, lines)) <= 62
    at = lines[-1].index("^")
    assert lines[-2][at : at + 4] == "SINK"


def test_a_mark_beyond_what_is_kept_is_not_drawn_wrong():
    assert drawn(place(text="x" * 200, column=51_234, end_column=51_240))[-1].startswith("1 | xxx")


def test_a_span_over_several_lines_is_marked_to_the_end_of_its_first():
    assert drawn(place(text="abcdef", column=3, end_column=2, end_line=4))[-1] == "  |   ^^^^"


def test_another_file_on_the_way_follows():
    lines = drawn(place(path="b"), (place(path="a"), "from here"), (place(path="b"), "to here"))
    assert [line for line in lines if "-->" in line or ":::" in line] == [" --> b:1:1", " ::: a:1:1"]


def test_a_flow_of_a_hundred_steps_keeps_its_ends():
    steps = [(place(line=number, path="b"), f"step {number}") for number in range(1, 101)]
    lines = "\n".join(drawn(place(line=100, path="b"), *steps))
    assert "1: step 1\n" in lines
    assert "12: step 100" in lines
    assert "more steps" in lines
    assert "step 50\n" not in lines


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日", 2), ("é", 1), ("e\u0301", 1)])
def test_cells_are_counted_as_terminals_do(text, width):
    assert cells(text) == width


@given(
    st.text(max_size=300),
    st.integers(0, 400),
    st.integers(0, 400),
    st.integers(0, 5),
    st.integers(20, 150),
    st.text(max_size=80),
)
def test_no_place_breaks_the_drawing(text, column, end_column, lines, width, says):
    at = place(text=text, column=column, end_column=end_column, end_line=1 + lines)
    for line in drawn(at, (at, says), width=width):
        assert line.isprintable()
        assert len(line) <= max(width, 33) + 8
