from yett.auditor.finding import Place
from yett.auditor.subject import Text


def test_a_place_carries_the_text_of_its_line():
    text = Text(path="a.py", lines=("import os", "os.system(x)"))
    assert text.place(2, 1, 13) == Place(path="a.py", line=2, column=1, end_line=2, end_column=13, text="os.system(x)")


def test_a_line_that_does_not_exist_has_no_text():
    assert Text(path="a.py", lines=()).place(7) == Place(path="a.py", line=7, end_line=7)


def test_an_excerpt_of_a_minified_line_is_cut():
    assert len(Text(path="a.js", lines=("x" * 5_000_000,)).place(1).text) == Text.EXCERPT
