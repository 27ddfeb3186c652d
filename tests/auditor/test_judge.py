from dataclasses import dataclass

from yett.auditor.finding import Severity
from yett.auditor.judge import NOTHING_OF_ITS_KIND, judge
from yett.auditor.rule import Rule
from yett.auditor.subject import Skipped, Subject, Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Other(Subject):
    pass


class Shouting(Rule[Text]):
    id = "shouting"
    severity = Severity.LOW
    fix = "Whisper."

    def check(self, subject):
        for number, line in enumerate(subject.lines, 1):
            if line.isupper():
                yield self.finding(subject.place(number), "loud", subject=line)


class Long(Rule[Text]):
    id = "long"
    severity = Severity.HIGH
    fix = "Shorten."

    def check(self, subject):
        if len(subject.lines) > 1:
            yield self.finding(subject.place(1), "long", subject="")


class Breaking(Rule[Text]):
    id = "breaking"

    def check(self, subject):
        raise KeyError(subject.path)


class Elsewhere(Rule[Other]):
    id = "elsewhere"


def test_findings_are_ordered_by_severity_then_place():
    report = judge([Text(path="b", lines=("A", "b")), Text(path="a", lines=("X",))], [Shouting(), Long()])
    assert [(f.rule, f.place.path, f.place.line) for f in report.findings] == [
        ("long", "b", 1),
        ("shouting", "a", 1),
        ("shouting", "b", 1),
    ]
    assert report.rules == ("shouting", "long")


def test_a_rule_that_raises_is_named_and_hides_nothing():
    report = judge([Text(path="a", lines=("LOUD",))], [Breaking(), Shouting()])
    assert report.broken == (("breaking", "a: KeyError"),)
    assert [finding.rule for finding in report.findings] == ["shouting"]


def test_a_rule_without_a_subject_of_its_kind_is_named_as_not_run():
    report = judge([Text(path="a", lines=())], [Elsewhere()])
    assert (report.rules, report.not_run) == ((), (("elsewhere", NOTHING_OF_ITS_KIND),))


def test_what_was_skipped_stays_in_the_report():
    skipped = Skipped(path="big.js", why="too large")
    assert judge([], [], skipped=[skipped]).skipped == (skipped,)


def test_the_same_finding_is_told_once():
    text = Text(path="a", lines=("LOUD",))
    assert len(judge([text, text], [Shouting()]).findings) == 1
