from __future__ import annotations

from yett.policy.role import Entry, Role
from yett.policy.table import Table

TABLE = Table(
    [
        Role(
            name="r",
            allow=(Entry(text="demo.echo", where="y:1:1"), Entry(text="demo.get_*"), Entry(text="*.list")),
            deny=(Entry(text="demo.get_secret"),),
        )
    ]
)


def indexes(server: str, kind: str, name: str) -> list[str]:
    return [grant.index for grant in TABLE.naming(server, kind, name)]


def test_grants_are_found_by_exact_name_by_glob_and_on_any_server():
    assert indexes("demo", "tool", "echo") == ["roles.r.allow[0]"]
    assert indexes("demo", "tool", "get_secret") == ["roles.r.deny[0]", "roles.r.allow[1]"]
    assert indexes("other", "tool", "list") == ["roles.r.allow[2]"]
    assert indexes("other", "tool", "echo") == []
    assert indexes("demo", "prompt", "echo") == []


def test_a_name_outside_the_grammar_is_named_by_nothing():
    assert indexes("demo", "tool", "get_\N{ZERO WIDTH SPACE}x") == []


def test_a_grant_keeps_its_place():
    assert [(g.role, g.effect, g.pattern, g.where) for g in TABLE.naming("demo", "tool", "echo")] == [
        ("r", "allow", "demo.echo", "y:1:1")
    ]
