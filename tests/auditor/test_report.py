from yett.auditor.finding import Confidence, Finding, Place, Severity
from yett.auditor.report import Report


def finding(severity):
    return Finding(
        rule="r", severity=severity, confidence=Confidence.HIGH, place=Place(path="a"), message="m", subject="s"
    )


def test_nothing_found_has_no_worst():
    assert Report(targets=(), findings=(), rules=("r",)).worst() is None


def test_the_worst_is_the_highest_severity():
    found = (finding(Severity.LOW), finding(Severity.HIGH), finding(Severity.INFO))
    assert Report(targets=(), findings=found, rules=("r",)).worst() is Severity.HIGH


def test_counts_name_every_severity_the_highest_first():
    report = Report(targets=(), findings=(finding(Severity.LOW), finding(Severity.LOW)), rules=("r",))
    assert list(report.counts().items())[:4] == [
        (Severity.CRITICAL, 0),
        (Severity.HIGH, 0),
        (Severity.MEDIUM, 0),
        (Severity.LOW, 2),
    ]


def test_a_rule_that_nobody_described_has_its_id():
    assert Report(targets=(), findings=(), rules=()).rule("x").title == "x"
