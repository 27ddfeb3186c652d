from __future__ import annotations

import pytest

from yett.errors import PolicyError
from yett.policy.pattern import nameable, parse


@pytest.mark.parametrize(
    ("pattern", "server", "kind", "name", "expected"),
    [
        ("demo.echo", "demo", "tool", "echo", True),
        ("demo.echo", "demo", "prompt", "echo", False),
        ("demo.*", "demo", "tool", "delete_all", True),
        ("demo.*", "demo", "resource", "file:///a", False),
        ("demo.*", "demo", "prompt", "greet", False),
        ("demo.*", "demox", "tool", "echo", False),
        ("github.*", "githubX", "tool", "y", False),
        ("git.*", "git_hub", "tool", "y", False),
        ("*.get_*", "any", "tool", "get_x", True),
        ("*.*", "any", "tool", "a.b.c", True),
        ("demo.a.b", "demo", "tool", "a.b", True),
        ("demo.a.b", "demo.a", "tool", "b", False),
        ("demo.resource:*", "demo", "resource", "file:///a/b/c", True),
        ("demo.resource:file:///docs/*", "demo", "resource", "file:///docs/a", True),
        ("demo.resource:file:///docs/*", "demo", "resource", "file:///docs/a/b", True),
        ("demo.resource:file:///docs/*", "demo", "resource", "file:///docsx", False),
        ("demo.tool:echo", "demo", "tool", "echo", True),
        ("demo.get**", "demo", "tool", "get_x", True),
        ("demo.prompt:greet", "demo", "prompt", "greet", True),
        ("demo.prompt:*", "demo", "prompt", "code review", True),
        ("*.prompt:*", "demo", "tool", "echo", False),
    ],
)
def test_a_pattern_matches_by_full_segments(pattern, server, kind, name, expected):
    assert parse(pattern).matches(server, kind, name) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo", "`echo` names no tool: write `server.tool`"),
        ("*", "`*` names no tool: write `*.*` for every tool of every server"),
        ("", "`` names no tool: write `server.tool`"),
        (".echo", "`.echo` starts with a dot: name a server before it, or `*`"),
        ("demo.", "`demo.` names nothing: add the name of a tool, or `*`"),
        ("demo.prompt:", "`demo.prompt:` names nothing: add the name of a prompt, or `*`"),
        ("demo.get_?", "`?` cannot be part of a tool's name in `demo.get_?`; the only wildcard is `*`"),
        ("git*.x", "`*` cannot be part of a server's name in `git*.x`: name one server, or `*` for all"),
        ("de mo.x", "` ` cannot be part of a server's name in `de mo.x`"),
        ("demo.resources:x", "unknown kind `resources:` in `demo.resources:x`: did you mean `resource:`?"),
        ("demo.uri:x", "unknown kind `uri:` in `demo.uri:x`: write `resource:`, `prompt:` or, for a tool, nothing"),
        ("demo.ech\N{CYRILLIC SMALL LETTER O}", "`\N{CYRILLIC SMALL LETTER O}` cannot be part of a tool's name in"),
        ("demo.prompt:a\x1b[2J", "holds a character that cannot be printed"),
        ("demo." + "x" * 129, "can never match: a tool's name has at most 128 characters"),
        ("demo." + "x" * 9000, "the pattern is longer than 8192 characters"),
    ],
)
def test_a_pattern_that_cannot_be_meant_says_what_to_write(text, message):
    with pytest.raises(PolicyError) as caught:
        parse(text, "yett.yaml:3:5")
    assert message in str(caught.value)
    assert caught.value.where == "yett.yaml:3:5"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "delete all",
        "delete_all ",
        "delete_all\n",
        "delete_all\N{ZERO WIDTH SPACE}",
        "d\N{CYRILLIC SMALL LETTER IE}lete",
        "\N{FULLWIDTH LATIN SMALL LETTER D}elete",
        "delete\N{RIGHT-TO-LEFT OVERRIDE}",
        "a/b",
        "%2e",
        'a"b',
        "x" * 129,
    ],
)
def test_a_tool_name_outside_the_grammar_is_matched_by_no_star(name):
    assert not nameable("tool", name)


def test_names_within_the_grammar_are_nameable():
    assert nameable("tool", "Get.issue_2-x")
    assert nameable("prompt", "code review \N{LATIN SMALL LETTER E WITH ACUTE}")
    assert nameable("resource", "demo://note/a?b=c")
    assert not nameable("prompt", "a\nb")
    assert not nameable("resource", "x" * 8193)
