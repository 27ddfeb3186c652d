from dataclasses import replace

from yett.auditor.finding import Confidence, Finding, Place, Severity

FINDING = Finding(
    rule="command-from-argument",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    place=Place(path="src/server.py", line=12, column=5),
    message="parameter `url` of tool `fetch` reaches a shell",
    subject="fetch: subprocess.run",
)


def test_severity_and_confidence_are_ordered():
    assert Severity.INFO < Severity.LOW < Severity.MEDIUM < Severity.HIGH < Severity.CRITICAL
    assert Confidence.LOW < Confidence.MEDIUM < Confidence.HIGH


def test_a_fingerprint_survives_edits_above_the_finding():
    moved = replace(FINDING, place=replace(FINDING.place, line=99), message="other words")
    assert moved.fingerprint == FINDING.fingerprint


def test_a_fingerprint_tells_rules_files_and_subjects_apart():
    others = {
        replace(FINDING, rule="path-from-argument").fingerprint,
        replace(FINDING, place=replace(FINDING.place, path="src/other.py")).fingerprint,
        replace(FINDING, subject="fetch: os.system").fingerprint,
    }
    assert len(others | {FINDING.fingerprint}) == 4


def test_path_and_subject_cannot_run_into_each_other():
    one = replace(FINDING, place=Place(path="a"), subject="bc")
    two = replace(FINDING, place=Place(path="ab"), subject="c")
    assert one.fingerprint != two.fingerprint
