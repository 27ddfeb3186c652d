from dataclasses import replace

from yett.auditor.finding import Confidence, Finding, Place, Severity
from yett.auditor.mapping import CATALOGUES, mapped
from yett.auditor.registry import all_rules
from yett.auditor.report import About, Report


def report(*found, ran=("a", "b")):
    about = tuple(
        About(id=rule, title=rule, severity=Severity.LOW, cwe=cwe, maps=maps, why="", fix="")
        for rule, cwe, maps in (("a", 78, ("MCP05", "AISVS10.4.2")), ("b", 0, ("MCP01", "AISVS10.4.10", "AISVS10.3.1")))
    )
    findings = tuple(
        Finding(
            rule=rule,
            severity=Severity.LOW,
            confidence=Confidence.LOW,
            place=Place(path="x"),
            message="",
            subject="",
        )
        for rule in found
    )
    return Report(targets=(), findings=findings, rules=ran, about=about)


def outcomes(made, catalogue):
    return {row.id: row.outcome for row in dict(mapped(made))[catalogue]}


def test_what_nobody_looked_at_is_never_called_fine():
    top = outcomes(report("a", "a"), "OWASP MCP Top 10 (2025)")
    assert (top["MCP05"], top["MCP01"], top["MCP02"]) == ("2 found", "nothing found", "not checked")


def test_a_rule_that_did_not_run_checks_nothing():
    assert outcomes(report(ran=("a",)), "OWASP MCP Top 10 (2025)")["MCP01"] == "not checked"


def test_open_catalogues_hold_only_what_rules_name_in_order():
    assert list(outcomes(report(), "OWASP AISVS C10")) == ["AISVS10.3.1", "AISVS10.4.2", "AISVS10.4.10"]
    assert list(outcomes(report(), "CWE")) == ["CWE-78"]
    assert "CWE" not in dict(mapped(replace(report(), rules=("b",))))


def test_every_id_of_a_rule_belongs_to_a_catalogue_that_is_drawn():
    known = {key for ids in CATALOGUES.values() for key in ids}
    for rule in all_rules():
        for key in rule.maps:
            assert key in known or key.startswith(("AISVS10.", "SAFE-T")), (rule.id, key)
