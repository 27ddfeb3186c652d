from __future__ import annotations

import pytest

from yett.config.roles import PolicyTest, Probe, Role

HEAD = "auth: { tokens: t }\nservers: { demo: http://a/mcp }\nroles:\n  "
ROLES = "auth: { tokens: t }\nservers: { demo: http://a/mcp }\nroles: { reader: { allow: [demo.echo] } }\ntests:\n  - "


def test_a_role_says_who_and_what(config):
    role = config(
        f"{HEAD}reader: {{ members: [user:alice, role:Weather.Read, group:/team], allow: [demo.echo, 'demo.get_*', "
        "'demo.resource:file:///srv/*', 'demo.prompt:review'], deny: ['*.drop_*'], include: [other] }\n"
        "  other: {}\n"
    ).roles["reader"]
    assert role == Role(
        members=("user:alice", "role:Weather.Read", "group:/team"),
        allow=("demo.echo", "demo.get_*", "demo.resource:file:///srv/*", "demo.prompt:review"),
        deny=("*.drop_*",),
        include=("other",),
    )


@pytest.mark.parametrize("name", ["reader", "Team.Lead-1_x", "0", "a" * 63])
def test_role_names(config, name):
    assert name in config(f"{HEAD}'{name}': {{ allow: [demo.echo] }}\n").roles


@pytest.mark.parametrize("name", ["", "a b", "-a", "a" * 64, "*", "a:b", "é"])
def test_what_is_no_role_name(errors, name):
    assert errors(f"{HEAD}'{name}': {{ allow: [demo.echo] }}\n") == [f"4:3 `{name}` cannot be a role's name"]


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("alice", "`alice` is not a member"),
        ("everyone", "`everyone` is not a member"),
        ("User:alice", "unknown kind of member `User` in `User:alice`"),
        ("user: alice", "`user: alice` names nobody"),
        ("user:a\\tb", "`user:a\ufffdb` names nobody"),
        ("group:*", "`*` has no meaning in `group:*`"),
        (f"user:{'a' * 257}", f"`user:{'a' * 257}` names nobody"),
    ],
)
def test_what_is_no_member(errors, member, message):
    assert errors(f'{HEAD}reader: {{ members: ["{member}"], allow: [demo.echo] }}\n') == [f"4:23 {message}"]


@pytest.mark.parametrize("rule", ["[demo.echo]", "7", "true", "{ demo.a: {}, demo.b: {} }"])
def test_a_rule_is_one_pattern(errors, rule):
    [error] = errors(f"{HEAD}reader: {{ allow: [{rule}] }}\n")
    assert error.startswith("4:21 expected text, found ")


def test_tests_are_read(config):
    tests = """\
{ who: user:alice, allow: [demo.echo, { demo.add: { a: 1, b: [null, x] } }], deny: ["demo.*"] }
  - { who: anonymous, deny: ["*.*"] }
  - { who: everyone, deny: [demo.prompt:x] }
"""
    config = config(f"{ROLES}{tests}")
    assert config.tests == (
        PolicyTest(
            who="user:alice",
            allow=(Probe(pattern="demo.echo"), Probe(pattern="demo.add", arguments={"a": 1, "b": [None, "x"]})),
            deny=(Probe(pattern="demo.*"),),
        ),
        PolicyTest(who="anonymous", deny=(Probe(pattern="*.*"),)),
        PolicyTest(who="everyone", deny=(Probe(pattern="demo.prompt:x"),)),
    )


def test_a_probe_knows_its_parts():
    target = Probe(pattern="demo.resource:file:///x").target
    assert (target.server, target.kind, target.name.text, target.exact) == ("demo", "resource", "file:///x", True)


@pytest.mark.parametrize(
    ("test", "error"),
    [
        ("{ who: user:alice, allow: [{}] }", "5:32 expected one call, found 0"),
        ("{ who: user:alice, allow: [7] }", "5:32 expected a call, found the number `7`"),
        ("{ who: user:alice, allow: ['demo'] }", "5:32 `demo` names no tool"),
        ("{ who: user:alice, allow: demo.echo }", "5:31 expected a list, found text"),
        ("{ who: user:alice, expect: [demo.echo] }", "5:24 unknown key `expect`"),
        ("{ who: 7, deny: [demo.echo] }", "5:12 expected text, found the number `7`"),
        ("text", "5:5 expected a mapping, found text"),
    ],
)
def test_what_is_no_test(errors, test, error):
    assert errors(f"{ROLES}{test}\n") == [error]
