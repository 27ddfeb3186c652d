import pytest

from yett.auditor.finding import Confidence, Finding, Place, Severity
from yett.auditor.grade import FORMULA, grade, is_partial
from yett.auditor.report import Failed, Report


def report(*found, rules=("r",), **more):
    findings = tuple(
        Finding(rule="r", severity=s, confidence=c, place=Place(path="a"), message="m", subject="s") for s, c in found
    )
    return Report(targets=(), findings=findings, rules=rules, **more)


@pytest.mark.parametrize(
    ("found", "letter"),
    [
        ((), "A"),
        (((Severity.INFO, Confidence.HIGH),), "A"),
        (((Severity.LOW, Confidence.HIGH),), "B"),
        (((Severity.MEDIUM, Confidence.MEDIUM),), "C"),
        (((Severity.HIGH, Confidence.HIGH), (Severity.LOW, Confidence.HIGH)), "D"),
        (((Severity.CRITICAL, Confidence.HIGH),), "F"),
        (((Severity.CRITICAL, Confidence.LOW),), "D"),
        (((Severity.INFO, Confidence.LOW),), "A"),
    ],
)
def test_the_grade_is_the_worst_finding(found, letter):
    assert grade(report(*found)) == letter
    assert f"{letter}: " in FORMULA


def test_nothing_audited_has_no_grade():
    assert grade(report(rules=())) == "-"


def test_what_could_not_be_audited_makes_it_partial():
    assert not is_partial(report())
    assert is_partial(report(failed=(Failed(given="x", why="y"),)))
    assert is_partial(report(hidden=1))
    assert is_partial(report(broken=(("r", "a"),)))
