import json
from dataclasses import replace
from pathlib import Path

import jsonschema_rs

from yett.auditor.output.sarif import as_sarif

# OASIS, SARIF 2.1.0 errata 01; oasis-tcs/sarif-spec 583 says that tools may ship it.
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text())


def run(report):
    log = json.loads(as_sarif(report))
    jsonschema_rs.validator_for(SCHEMA).validate(log)
    (only,) = log["runs"]
    return only


def test_every_report_is_valid(empty, full):
    for report in (empty, full, replace(full, comparison=None), replace(empty, made_at="", version="", rules=())):
        run(report)


def test_paths_are_relative_uris_below_the_source_root(full):
    first, second, live, *_ = [
        result["locations"][0]["physicalLocation"]["artifactLocation"] for result in run(full)["results"]
    ]
    assert first == {"uri": "src/a.py", "uriBaseId": "%SRCROOT%"}
    assert second["uri"].isascii()
    assert " " not in second["uri"]
    assert live == {"uri": "https://a.example/mcp?x=1"}


def test_a_flow_is_a_code_flow(full):
    (flow,) = run(full)["results"][0]["codeFlows"]
    lines = [
        each["location"]["physicalLocation"]["region"]["startLine"] for each in flow["threadFlows"][0]["locations"]
    ]
    assert lines == [9, 12]


def test_regions_are_in_characters_and_end_behind_the_span(full):
    assert run(full)["columnKind"] == "unicodeCodePoints"
    region = run(full)["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert {key: region[key] for key in ("startLine", "startColumn", "endLine", "endColumn")} == {
        "startLine": 12,
        "startColumn": 5,
        "endLine": 12,
        "endColumn": 19,
    }


def test_two_findings_alike_keep_two_fingerprints(full):
    twice = replace(full, findings=(full.findings[0], full.findings[0]), ignored=(), comparison=None)
    prints = [result["partialFingerprints"]["yett/v1"] for result in run(twice)["results"]]
    assert prints == [prints[0], f"{prints[0]}:2"]


def test_accepted_findings_are_suppressed_and_say_why(full):
    kinds = [result["suppressions"][0]["kind"] for result in run(full)["results"] if "suppressions" in result]
    assert kinds == ["inSource", "external"]


def test_what_was_not_looked_at_is_notified(full):
    invocation = run(full)["invocations"][0]
    assert invocation["executionSuccessful"] is False
    told = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert "not read: b.png: not text" in told
    idle = [each["message"]["text"] for each in invocation["toolConfigurationNotifications"]]
    assert idle == ["rule idle did not run: nothing of its kind in the target"]


def test_what_to_look_at_first_has_the_highest_rank(full):
    ranks = [result["rank"] for result in run(full)["results"][:3]]
    assert ranks == sorted(ranks, reverse=True)
    assert all(0 <= rank <= 100 for rank in ranks)


def test_the_states_of_a_comparison_are_sarifs(full):
    assert [result.get("baselineState") for result in run(full)["results"][:3]] == ["unchanged", "new", "unchanged"]
