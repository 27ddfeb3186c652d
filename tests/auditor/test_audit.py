from dataclasses import dataclass

import pytest

from yett.auditor.audit import audit_source, merged
from yett.auditor.finding import Confidence, Edit, Severity, Step
from yett.auditor.gather import Format
from yett.auditor.report import Failed
from yett.auditor.rule import Rule
from yett.auditor.source import Source
from yett.auditor.subject import Skipped, Subject, Text

TODAY = "2026-11-23"
MARK = b"yett: "  # apart: an audit of this project must not take the examples below for its own
TEXT = Format("text", lambda path, _: path.endswith(".txt"), lambda p, t: Text(path=p, lines=tuple(t.splitlines())))
BROKEN = Format("broken", lambda path, _: path.endswith(".bad"), lambda p, _: Skipped(path=p, why="broken"))
TOKEN = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"


class Shouting(Rule[Text]):
    id = "shouting"
    title = "Somebody shouts"
    severity = Severity.LOW
    cwe = 1
    why = "It is loud."
    fix = "Whisper."

    def check(self, subject):
        for number, line in enumerate(subject.lines, 1):
            if line[:1].isupper():
                place = subject.place(number, 1, 2)
                yield self.finding(
                    place,
                    "loud",
                    subject=line[:1],
                    steps=(Step(place=place, says="here"),),
                    edits=(Edit(place=place, text=""),),
                )


@dataclass(frozen=True, kw_only=True, slots=True)
class Other(Subject):
    pass


class Silent(Rule[Other]):
    id = "silent"
    title = "Nothing"
    severity = Severity.HIGH
    cwe = 2
    why = ""
    fix = ""


RULES = (Shouting(), Silent())


def audited(files, *, skipped=(), prefix="src/", kind="folder"):
    source = Source(given="src", kind=kind, files=files, skipped=skipped, prefix=prefix)
    return audit_source(source, RULES, today=TODAY, formats=(TEXT, BROKEN)).report


def test_every_path_is_as_seen_from_here():
    skipped = Skipped(path="big", why="too large")
    report = audited({"a.txt": b"LOUD\nx # %bignore[nothing] r\n" % MARK, "b.bad": b""}, skipped=(skipped,))
    (finding,) = report.findings
    assert {finding.place.path, finding.steps[0].place.path, finding.edits[0].place.path} == {"src/a.txt"}
    assert [each.path for each in report.skipped] == ["src/big", "src/b.bad"]
    assert [note.place.path for note in report.notes] == ["src/a.txt"]


def test_a_target_says_what_was_read_of_it():
    (target,) = audited({"a.txt": b"a\nb\n"}).targets
    assert (target.given, target.kind, target.files, target.lines) == ("src", "folder", 1, 2)
    assert len(target.digest) == 64


def test_a_single_file_is_of_the_kind_that_claims_it():
    assert audited({"a.txt": b"a"}, kind="file").targets[0].kind == "text"


@pytest.mark.parametrize(
    ("files", "skipped", "why"),
    [
        ({"a.py": b""}, (), "there is nothing in it that a rule could judge"),
        ({"a.bad": b""}, (), "nothing of it could be parsed: broken"),
        ({}, (Skipped(path="x", why="too large"),), "nothing of it was read: too large"),
    ],
)
def test_a_target_with_nothing_to_judge_is_no_clean_target(files, skipped, why):
    assert audited(files, skipped=skipped).failed == (Failed(given="src", why=why),)


def test_no_secret_of_a_line_comes_into_the_report():
    report = audited({"a.txt": f"LOUD {TOKEN}".encode()})
    assert TOKEN not in repr(report)


def test_ignored_findings_are_kept_apart():
    report = audited({"a.txt": b"LOUD # %bignore[shouting] a quote\n" % MARK})
    assert report.findings == ()
    assert [(each.finding.place.path, each.reason) for each in report.ignored] == [("src/a.txt", "a quote")]


def test_many_reports_become_one_in_order():
    one, two = audited({"b.txt": b"LOUD"}), audited({"a.txt": b"LOUD"})
    report = merged([one, two], RULES, [("other", "not asked for")])
    assert [finding.place.path for finding in report.findings] == ["src/a.txt", "src/b.txt"]
    assert report.rules == ("shouting",)
    assert report.not_run == (("silent", "nothing of its kind in the target"), ("other", "not asked for"))
    assert [about.id for about in report.about] == ["shouting", "silent"]
    assert len(report.targets) == 2
    assert report.findings[0].confidence is Confidence.HIGH


def test_neither_notes_nor_reasons_keep_a_secret():
    lines = b"x = '%s' # %bignore[shouting]\nLOUD # %bignore[shouting] %s\n" % (
        TOKEN.encode(),
        MARK,
        MARK,
        TOKEN.encode(),
    )
    report = audited({"a.txt": lines})
    assert len(report.notes) == len(report.ignored) == 1
    assert TOKEN not in repr(report)


def test_a_config_of_ours_has_its_matrix_even_when_no_rule_is_about_it():
    report = audited({"yett.yaml": b"servers: { a: x }\nroles: { r: { allow: ['a.*'] } }\n"})
    assert report.failed == ()
    assert [matrix.path for matrix in report.access] == ["src/yett.yaml"]


def test_what_two_targets_share_is_told_once():
    one = audited({"a.txt": b"LOUD"}, skipped=(Skipped(path="big", why="too large"),))
    report = merged([one, one], RULES)
    assert (len(report.findings), len(report.skipped)) == (1, 1)
