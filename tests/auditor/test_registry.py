from types import ModuleType, new_class

import pytest

from yett.auditor import registry
from yett.auditor.finding import Severity
from yett.auditor.rule import Rule
from yett.auditor.subject import Text


def rule_named(rule_id, module):
    body = {"id": rule_id, "__module__": module.__name__, "severity": Severity.LOW}
    return new_class("Quiet", (Rule[Text],), exec_body=lambda namespace: namespace.update(body))


def test_every_rule_is_complete_and_has_an_id_of_its_own():
    rules = registry.all_rules()
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.title, rule.id
        assert rule.why, rule.id
        assert rule.fix, rule.id
        assert isinstance(rule.severity, Severity), rule.id
        assert rule.cwe > 0, rule.id


def test_a_rule_is_found_by_its_id():
    assert registry.rule("no-such-rule") is None
    for rule in registry.all_rules():
        assert registry.rule(rule.id) is rule


def test_a_file_must_hold_the_rule_it_is_named_after():
    module = ModuleType("yett.auditor.rules.loud")
    with pytest.raises(TypeError, match="exactly one rule, whose id is `loud`"):
        registry._only(module, "loud")
    module.Rule = rule_named("quiet", module)
    with pytest.raises(TypeError, match="exactly one rule, whose id is `loud`"):
        registry._only(module, "loud")
