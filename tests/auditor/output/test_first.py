from dataclasses import replace

from yett.auditor.finding import Confidence, Edit, Place, Severity
from yett.auditor.output.first import first


def test_the_worst_comes_first_and_five_are_enough(empty, flow):
    findings = [
        replace(flow, rule=f"rule-{number}", severity=Severity(number % 5), confidence=Confidence.HIGH)
        for number in range(10)
    ]
    rows = first(replace(empty, findings=tuple(findings)))
    assert [row["severity"] for row in rows] == ["critical", "critical", "high", "high", "medium"]


def test_one_fix_is_told_once_for_all_its_places(empty, flow):
    places = [Place(path="a.py", line=line) for line in (1, 2, 3, 4, 4)]
    (row,) = first(replace(empty, findings=tuple(replace(flow, place=place) for place in places)))
    assert (row["number"], row["where"]) == ("5 findings", "a.py:1, a.py:2, a.py:3 and 1 more")
    assert (row["effort"], row["command"]) == ("by hand", "yett rule command-from-argument")


def test_what_can_be_fixed_says_how(empty, flow):
    edit = Edit(place=flow.place, text="")
    (row,) = first(replace(empty, findings=(replace(flow, edits=(edit,)), flow)))
    assert row["effort"] == "1 of 2 by `--fix`"
    assert row["command"] == "yett audit --fix --rule command-from-argument"


def test_nothing_found_is_nothing_to_do(empty):
    assert first(empty) == []
