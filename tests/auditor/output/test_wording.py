from yett.auditor.finding import Place
from yett.auditor.output.wording import count, end_of, reasons, summary, where
from yett.auditor.report import Report
from yett.auditor.subject import Skipped


def test_counts_are_words():
    assert count(1, "file") == "1 file"
    assert count(12_345, "file") == "12,345 files"


def test_a_place_says_as_much_as_is_known():
    assert where(Place(path="a")) == "a"
    assert where(Place(path="a", line=3)) == "a:3"
    assert where(Place(path="a\n", line=3, column=4)) == "a\\u{a}:3:4"


def test_nothing_audited_is_not_nothing_found(full):
    assert summary(full) == "3 findings (1 high, 1 medium, 1 low)"
    assert summary(Report(targets=(), findings=(), rules=("r",))) == "no findings"
    assert summary(Report(targets=(), findings=(), rules=())) == "nothing was audited"


def test_reasons_are_counted():
    skipped = [Skipped(path=str(n), why="big" if n else "odd") for n in range(3)]
    assert reasons(skipped) == [("big", 2), ("odd", 1)]


def test_a_span_whose_end_nobody_knows_is_a_word():
    def end(column, end_column=0, end_line=1, text="run(user_id)"):
        return end_of(Place(path="a", line=1, column=column, end_line=end_line, end_column=end_column, text=text))

    assert end(5) == 12
    assert end(4) == 5
    assert end(5, 7) == 7
    assert end(5, 2, end_line=3) == 13
    assert end(99) == 100
