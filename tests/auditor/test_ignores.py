from yett.auditor.finding import Confidence, Finding, Place, Severity
from yett.auditor.ignores import apply_ignores
from yett.auditor.report import Report

TODAY = "2026-11-23"
# Written as `@` below: an audit of this project must not take these examples for its own.
MARK = "yett: "


def applied(text, line=1, *, path="a.py", rule="shouting"):
    finding = Finding(
        rule=rule,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        place=Place(path=path, line=line),
        message="m",
        subject="s",
    )
    text = text.replace("@", MARK)
    report = Report(targets=(), findings=(finding,), rules=("shouting", "long"), not_run=(("idle", "nothing"),))
    findings, ignored, notes = apply_ignores(report, {path: text.encode()}, TODAY)
    return len(findings), [each.reason for each in ignored], [note.text for note in notes]


def test_every_way_to_write_a_comment_works():
    for text in (
        "X = 1  # @ignore[shouting] tested by hand",
        "X = 1  // @ignore[shouting] tested by hand",
        "X = 1  -- @ignore[shouting] tested by hand",
        "X = 1  /* @ignore[shouting] tested by hand */",
        "X = 1  <!-- @ignore[shouting] tested by hand -->",
        "X = 1  ; @ignore[shouting] tested by hand",
        "{/* @ignore[shouting] tested by hand */} X",
        "X  #@ignore[other, shouting] tested by hand",
    ):
        assert applied(text)[:2] == (0, ["tested by hand"]), text


def test_a_comment_alone_on_its_line_speaks_of_the_next():
    text = "# @ignore[shouting] because\n\n# @ignore[long] too\nX = 1\n"
    assert applied(text, 4) == (0, ["because"], ["`ignore[long]` hides nothing here: remove it"])
    assert applied(text, 5)[0] == 1


def test_without_a_reason_it_is_not_heeded_and_that_is_said():
    says = "an ignore without a reason is not heeded: write `yett: ignore[rule] reason`"
    assert applied("X # @ignore[shouting]") == (1, [], [says])
    assert applied("X # @ignore[shouting] until 2027-01-01")[0] == 1
    assert applied("X /* @ignore[shouting] */")[0] == 1


def test_without_a_rule_it_hides_nothing():
    for text in ("X # @ignore because", "X # @ignore[] because"):
        assert applied(text)[0] == 1
        assert "names no rule" in applied(text)[2][0]


def test_an_ignore_ends_with_its_day():
    assert applied("X # @ignore[shouting] until 2026-11-23: moving")[:2] == (0, ["moving"])
    assert applied("X # @ignore[shouting] until 2026-11-22 moving") == (1, [], ["this ignore ended on 2026-11-22"])


def test_unused_ignores_are_told_but_only_for_rules_that_ran():
    assert applied("X # @ignore[long] x")[2] == ["`ignore[long]` hides nothing here: remove it"]
    assert applied("X # @ignore[idle] x")[2] == []
    assert applied("X # @ignore[shuoting] x")[2] == ["no rule that was asked for is called `shuoting`"]


def test_prose_that_shows_an_ignore_is_no_ignore_unless_a_finding_is_there():
    text = "Write `# @ignore[long] reason`."
    assert applied("X # @ignore[shouting] ok", path="a.md")[0] == 0
    report = Report(targets=(), findings=(), rules=("long",))
    assert apply_ignores(report, {"a.md": text.replace("@", MARK).encode()}, TODAY) == ((), (), ())


def test_the_lines_are_counted_as_everybody_counts_them():
    assert applied("a\x0cb\r\nc\u2028d\rX # @ignore[shouting] r\n", 3)[0] == 0


def test_a_file_that_is_no_text_breaks_nothing():
    report = Report(targets=(), findings=(), rules=())
    assert apply_ignores(report, {"a": b"\xff# %bignore[x] y\xff" % MARK.encode()}, TODAY)[0] == ()
