from __future__ import annotations

import pytest
import yaml

from yett.config.report import Report
from yett.config.yaml_trouble import explain, hide_secrets


def explained(text: str) -> tuple[str, str, str]:
    report = Report("f", text)
    with pytest.raises(yaml.YAMLError) as caught:
        list(yaml.parse(text, Loader=yaml.CSafeLoader))
    explain(caught.value, text, report)
    [found] = report.diagnostics()
    return f"{found.line}:{found.column}", found.message, found.help


@pytest.mark.parametrize(
    ("text", "where", "message", "hint"),
    [
        ("a: [*.*]", "1:5", "a value that starts with `*` is a YAML alias", 'if it is a pattern, quote it: "*.*"'),
        ("- *", "1:3", "a value that starts with `*` is a YAML alias", 'if it is a pattern, quote it: "*"'),
        ("a: &.x 1", "1:4", "a value that starts with `&` is a YAML anchor", 'quote it: "&.x"'),
        ("a:\n\tb: 1", "2:1", "a tab in the indentation", "indent with spaces"),
        ("a: @b c", "1:4", "a value may not start with `@`", 'quote it: "@b"'),
        ("a: `b`", "1:4", "a value may not start with ```", 'quote it: "`b`"'),
        ("a: %b", "1:4", "a value may not start with `%`", 'quote it: "%b"'),
        ("a: b: c", "1:5", "a `:` that does not belong here", None),
        ('a: "\\q"', "1:5", "an unknown escape in a quoted text", None),
        ('a: "b\nc: d\n', "1:4", "a quoted text is not closed", "add the closing quote"),
        ("a: [b", "1:4", "a bracket is not closed, or a comma is missing", "check for `,`, `]` and `}`"),
        ("a: {b: c]", "1:9", "a bracket is not closed, or a comma is missing", None),
        ("a: 1\nb\n", "2:1", "a line that fits nowhere", None),
        ("a: 1\n  b: 2\n", "2:4", "a `:` that does not belong here", None),
        ("a: [}", "1:5", "a bracket is not closed, or a comma is missing", None),
        ("%X\na: 1", "1:1", None, None),
    ],
)
def test_what_the_parser_says_is_put_plainly(text, where, message, hint):
    found = explained(text)
    assert found[0] == where or message is None
    assert found[1] == message or message is None
    assert found[2] == hint or hint is None


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: Bearer hunter2",
        '"authorization": "hunter2",',
        "    GITHUB_TOKEN: hunter2",
        "env: { API_KEY: hunter2 }",
        "password = hunter2",
        "X-Api-Key: hunter2",
        "DB_PASSWORD: 'hunter2'",
        "client_secret:    hunter2",
        "Cookie: sid=hunter2",
    ],
)
def test_what_may_be_a_secret_is_hidden(line):
    report = Report("f", f"a: 1\n{line}\n")
    hide_secrets(f"a: 1\n{line}\n", report)
    assert "hunter2" not in report.excerpt(2)
    assert len(report.excerpt(2)) == len(line)


def test_the_rest_stays_to_be_read():
    text = "auth: { tokens: tokens.yaml }\nlisten: http://127.0.0.1\n"
    report = Report("f", text)
    hide_secrets(text, report)
    assert [report.excerpt(1), report.excerpt(2)] == text.splitlines()
