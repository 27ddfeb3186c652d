import json
from dataclasses import replace

from yett.auditor.output import layout
from yett.auditor.output.document import digest
from yett.auditor.output.layout import as_layout


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)


def test_every_text_is_safe_and_every_value_plain(full):
    drawn = as_layout(full)
    assert all(text.isprintable() for text in texts(drawn))
    assert json.loads(json.dumps(drawn))["grade"] == "D"


def test_findings_are_sorted_by_severity_and_rule(full):
    drawn = as_layout(full)["findings"]
    assert [(group["severity"], [rule["id"] for rule in group["rules"]]) for group in drawn] == [
        ("high", ["command-from-argument"]),
        ("medium", ["other"]),
        ("low", ["other"]),
    ]
    assert [finding["new"] for group in drawn for rule in group["rules"] for finding in rule["findings"]] == [
        False,
        True,
        False,
    ]


def test_a_fix_that_the_rule_says_is_not_said_again(full):
    found = as_layout(full)["findings"]
    assert found[0]["rules"][0]["findings"][0]["fix"] == ""
    assert found[1]["rules"][0]["findings"][0]["fix"] != ""


def test_more_than_anybody_reads_is_counted(full, monkeypatch):
    monkeypatch.setattr(layout, "MOST_FINDINGS", 1)
    drawn = as_layout(full)
    assert drawn["more"] == 2
    assert len(drawn["findings"]) == 1


def test_the_digest_is_that_of_the_json_report(full):
    assert as_layout(full)["sha256"] == digest(full)


def test_what_was_not_looked_at_is_all_there(full):
    scope = as_layout(full)["scope"]
    assert [each["number"] for each in scope["skipped"]] == [2]
    assert [each["rules"] for each in scope["not_run"]] == [["idle"]]
    assert [each["trouble"] for each in scope["failed"]] == ["unreadable", "unreachable"]
    assert len(scope["notes"]) == 2
    assert len(scope["broken"]) == 1


def test_a_target_has_the_name_that_people_know(empty):
    named = replace(empty, targets=(replace(empty.targets[0], given=".", name="weather"),) * 4)
    assert as_layout(named)["of"] == "weather, weather, weather and 1 more"
