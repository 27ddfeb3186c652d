from __future__ import annotations

import pytest

from yett.config.diagnostic import InvalidConfig

HEAD = "auth: { tokens: t }\nservers: { demo: http://a/mcp }\n"
ROLES = "roles: { reader: { allow: [demo.echo] } }\n"


def help_of(config, text: str) -> list[str]:
    with pytest.raises(InvalidConfig) as caught:
        config(text)
    return [diagnostic.help for diagnostic in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (f"{HEAD}{ROLES}listen: [a]\n", "4:9 expected text or a mapping, found a list"),
        (f"{HEAD}{ROLES}listen: {{}}\n", "4:1 `address` is missing"),
        (
            f"{HEAD}{ROLES}listen:\n  unsafe_allow_plain_http: 'true'\n  address: http://a\n",
            "5:28 expected `true` or `false`, found text",
        ),
        (f"{HEAD}{ROLES}tls: {{ cert: 7, key: k }}\n", "4:14 expected text, found the number `7`"),
        (f"{HEAD}{ROLES}ledger: {{ durability: true }}\n", "4:23 expected text, found `true`"),
        (f"{HEAD}{ROLES}ledger: ledger\n", "4:9 expected a mapping, found text"),
        (f"{HEAD}{ROLES}protect: secrets\n", "4:10 expected a list, found text"),
        (f"{HEAD}{ROLES}protect: {{ secrets: true }}\n", "4:10 expected a list, found a mapping"),
        (f"{HEAD}{ROLES}tests: {{}}\n", "4:8 expected a list, found a mapping"),
        (f"{HEAD}{ROLES}secrets: {{ env: X }}\n", "4:17 expected a list, found text"),
        (f"{HEAD}roles: [reader]\n", "3:8 expected a mapping, found a list"),
        (f"{HEAD}roles: {{ reader: [demo.echo] }}\n", "3:18 expected a mapping, found a list"),
        (
            f"{HEAD}roles:\n  reader:\n    allow:\n      - demo.echo\n      - 7\n",
            "7:9 expected text, found the number `7`",
        ),
        (f"{HEAD}roles:\n  reader:\n    allow:\n      demo.echo: true\n", "5:5 expected a list, found a mapping"),
        (f"{HEAD}{ROLES}? {'k' * 20}\n: 1\n", f"4:3 unknown key `{'k' * 20}`"),
    ],
)
def test_every_problem_stands_at_its_place(errors, text, error):
    assert errors(text) == [error]


def test_a_null_is_told_once(errors):
    assert errors(f"{HEAD}roles:\n  reader:\nlimits:\n  user:\n") == [
        "4:3 `reader` has no value",
        "6:3 `user` has no value",
    ]


def test_what_is_missing_is_written_out(config):
    assert help_of(config, "servers: { git: { command: a } }\n") == [
        "add `auth: { tokens: tokens.yaml }`",
        'add `roles: { reader: { members: [user:alice], allow: ["git.*"] } }`',
    ]


def test_what_is_missing_in_json_is_written_as_json(config):
    assert help_of(config, '{"mcpServers": {"git": {"command": "a"}}}') == [
        'add `"auth": { "tokens": "tokens.yaml" }`',
        'add `"roles": { "reader": { "members": ["user:alice"], "allow": ["git.*"] } }`',
    ]


def test_values_of_another_type_are_told_how_to_be_right(config):
    assert help_of(config, f"{HEAD}{ROLES}auth2: 1\n") == ["did you mean `auth`?"]
    assert help_of(config, f"{HEAD}roles: {{ reader: {{ allow: demo.echo }} }}\n") == ['write a list: ["demo.echo"]']
    assert help_of(config, f"{HEAD}{ROLES}ledger: {{ path: true }}\n") == [""]
