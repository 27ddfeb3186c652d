import re

import pytest

import generate_audit
from yett.auditor.registry import all_rules


def test_every_rule_is_in_the_list_under_its_severity():
    page = generate_audit.rules()
    listed = re.findall(r"^\| \[`([a-z0-9-]+)`\]\(\1\.md\)", page, re.MULTILINE)
    assert sorted(listed) == [rule.id for rule in all_rules()]
    assert f"{len(listed)} rules" in page


def test_every_key_of_the_report_is_told_and_every_link_leads_somewhere():
    page = generate_audit.report()
    headings = set(re.findall(r"^## `(\w+)`$", page, re.MULTILINE))
    assert {"summary", "targets", "finding", "place", "comparison"} <= headings
    assert set(re.findall(r"\]\(#(\w+)\)", page)) <= headings
    assert "| `fingerprint` | text | Stays the same" in page


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ({"type": "string"}, "text"),
        ({"type": "array", "items": {"type": "integer"}}, "list of number"),
        ({"enum": ["a", "b"]}, '`"a"` or `"b"`'),
        ({"$ref": "#/definitions/place"}, "[place](#place)"),
        ({"$ref": "#/definitions/severity"}, '`"info"` to `"critical"`'),
        ({"oneOf": [{"type": "null"}, {"type": "object"}]}, "`null` or an object"),
    ],
)
def test_values_are_told_in_words(key, words):
    assert generate_audit.value(key) == words
