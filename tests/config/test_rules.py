from __future__ import annotations

from pathlib import Path

import pytest

from yett.config.load import parse
from yett.config.rules import cases_of, policy_of
from yett.core.exchange import ANONYMOUS, Principal
from yett.errors import PolicyError
from yett.policy.trial import run_tests

TEXT = """\
listen: http://127.0.0.1:8080
auth: { tokens: tokens.yaml }
servers: { demo: http://127.0.0.1:3001/mcp }
roles:
  reader: { members: [user:alice], allow: [demo.echo] }
  engineer: { include: [reader], allow: ["demo.*"], deny: [demo.delete_all] }
tests:
  - who: user:alice
    allow: [demo.echo]
    deny: [demo.delete_all, demo.add]
  - { who: anonymous, deny: ["*.*"] }
"""
ALICE = Principal(issuer="yett", subject="alice")


def config(text: str = TEXT):
    return parse(text.encode(), Path("yett.yaml"), environment={})


def test_a_decision_names_the_line_of_the_grant_that_made_it() -> None:
    decision = policy_of(config()).decide(ALICE, "demo", "tool", "echo")
    assert decision.allowed
    assert [(grant.index, grant.where) for grant in decision.grants] == [("roles.reader.allow[0]", "yett.yaml:5:44")]


def test_a_token_role_carries_what_it_includes_and_what_it_denies() -> None:
    policy = policy_of(config())
    engineer = Principal(issuer="yett", subject="bob", roles=frozenset({"engineer"}))
    assert policy.decide(engineer, "demo", "tool", "add").allowed
    denied = policy.decide(engineer, "demo", "tool", "delete_all")
    assert (denied.allowed, denied.grants[0].where) == (False, "yett.yaml:6:60")


def test_nobody_is_anybody_unless_the_config_says_so() -> None:
    everyone = TEXT.replace("  reader:", '  everyone: { allow: ["demo.*"] }\n  reader:')
    assert not policy_of(config(everyone)).decide(ANONYMOUS, "demo", "tool", "echo").allowed
    open_door = everyone.replace("{ tokens: tokens.yaml }", "{ unsafe_allow_anonymous: true }")
    assert policy_of(config(open_door)).decide(ANONYMOUS, "demo", "tool", "echo").allowed


def test_the_configs_tests_are_run_against_its_policy() -> None:
    loaded = config()
    results = run_tests(policy_of(loaded), cases_of(loaded))
    assert [(result.name, result.passed) for result in results] == [
        ("user:alice may call demo.echo", True),
        ("user:alice may not call demo.delete_all", True),
        ("user:alice may not call demo.add", True),
        ("anonymous may not call *.*", True),
    ]
    assert results[0].where == "yett.yaml:9:13"


def test_an_unknown_role_is_refused_where_it_stands() -> None:
    loaded = config()
    broken = loaded.model_copy(
        update={"roles": {"engineer": loaded.roles["engineer"].model_copy(update={"include": ("readr",)})}}
    )
    with pytest.raises(PolicyError, match="unknown role `readr`"):
        policy_of(broken)
