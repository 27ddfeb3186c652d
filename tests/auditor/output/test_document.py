import hashlib
import json
from pathlib import Path

import jsonschema_rs

from yett.auditor.output import document
from yett.auditor.output.document import as_document, as_json, digest

SCHEMA = json.loads(Path(document.__file__).with_name("report.schema.json").read_text())


def test_every_report_is_valid(empty, full):
    validator = jsonschema_rs.validator_for(SCHEMA)
    for report in (empty, full):
        validator.validate(as_document(report))


def test_no_key_of_the_schema_is_left_out(full):
    assert set(as_document(full)) == set(SCHEMA["properties"])


def test_the_bytes_are_plain_and_always_the_same(full):
    assert as_json(full) == as_json(full)
    assert as_json(full).isascii()
    assert as_json(full).replace("\n", "").isprintable()


def test_the_digest_is_that_of_the_file(full):
    assert digest(full) == hashlib.sha256(as_json(full).encode()).hexdigest()


def test_the_difference_is_told_at_each_finding(full):
    assert [each["status"] for each in as_document(full)["findings"]] == ["unchanged", "new", "unchanged"]


def test_without_a_comparison_no_finding_has_a_status(empty):
    assert as_document(empty)["comparison"] is None
