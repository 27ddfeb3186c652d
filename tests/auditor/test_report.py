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
