import xml.etree.ElementTree as ET

from yett.auditor.output.junit import as_junit


def cases(report):
    suite = ET.fromstring(as_junit(report))  # noqa: S314 - our own output
    assert int(suite.get("tests")) == len(suite)
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
    assert int(suite.get("errors")) == len(suite.findall("testcase/error"))
    assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))
    return suite


def test_a_clean_rule_is_a_passed_case(empty):
    (case,) = cases(empty)
    assert (case.get("name"), len(case)) == ("command-from-argument", 0)


def test_hostile_words_are_text(full):
    suite = cases(full)
    assert len(suite.findall("testcase/failure")) == 3
    assert suite.find(".//script") is None
    assert "src/a.py:9:11: comes from the caller" in suite[0][0].text


def test_failures_say_where(full):
    assert (cases(full)[0].get("file"), cases(full)[0].get("line")) == ("src/a.py", "12")
