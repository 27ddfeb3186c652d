from dataclasses import replace

import pytest

from yett.auditor.earlier import compared, read_earlier, without_known
from yett.auditor.finding import Confidence, Finding, Place, Severity
from yett.auditor.output.document import as_json
from yett.auditor.report import Ignored, Report
from yett.errors import TargetError

UNKNOWN_SEVERITY = """{"format": "yett-audit", "version": 1, "made_at": "", "ignored": [], "findings": [
    {"fingerprint": "a", "rule": "r", "severity": "grave", "place": {"path": ""}, "message": ""}]}"""


def finding(subject, rule="r"):
    return Finding(
        rule=rule,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        place=Place(path="a", line=1),
        message=f"m {subject}",
        subject=subject,
    )


def report(*subjects, rules=("r",), **more):
    return Report(targets=(), findings=tuple(map(finding, subjects)), rules=rules, made_at="then", **more)


@pytest.fixture
def written(tmp_path):
    def write(made):
        path = tmp_path / "old.json"
        path.write_text(as_json(made))
        return read_earlier(path)

    return write


def test_what_is_new_fixed_and_unchanged(written):
    outcome = compared(report("a", "b"), written(report("b", "c"))).comparison
    assert outcome.new == {0}
    assert [known.message for known in outcome.fixed] == ["m c"]
    assert outcome.made_at == "then"


def test_a_second_flaw_of_the_same_kind_is_new(written):
    assert compared(report("a", "a"), written(report("a"))).comparison.new == {1}


def test_a_rule_that_did_not_run_fixes_nothing(written):
    assert compared(report(rules=("other",)), written(report("a"))).comparison.fixed == ()


def test_an_accepted_finding_is_not_fixed(written):
    now = replace(report(), ignored=(Ignored(finding=finding("a"), reason="x"),))
    assert compared(now, written(report("a"))).comparison.fixed == ()


def test_a_baseline_accepts_what_it_knows_and_nothing_else(written):
    now = without_known(report("a", "a", "b"), written(report("a", "gone")))
    assert [each.subject for each in now.findings] == ["a", "b"]
    assert [(each.finding.subject, each.baseline) for each in now.ignored] == [("a", True)]
    assert "1 of the baseline" in now.notes[0].text


def test_what_a_baseline_had_accepted_stays_accepted(written):
    old = replace(report(), ignored=(Ignored(finding=finding("a"), reason="in the baseline", baseline=True),))
    assert without_known(report("a"), written(old)).findings == ()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"format": "yett-audit", "version": 2}',
        '{"format": "sarif", "version": 1}',
        '{"format": "yett-audit", "version": 1, "made_at": "", "findings": [{}], "ignored": []}',
        '{"format": "yett-audit", "version": 1, "made_at": "", "findings": 3, "ignored": []}',
        UNKNOWN_SEVERITY,
        "[" * 100_000,
    ],
)
def test_what_is_no_report_is_an_error_in_words(tmp_path, content):
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(TargetError, match="not a report"):
        read_earlier(path)


def test_a_report_that_is_not_there_is_an_error_in_words(tmp_path):
    with pytest.raises(TargetError, match="cannot read"):
        read_earlier(tmp_path / "none.json")
