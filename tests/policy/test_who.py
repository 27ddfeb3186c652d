from __future__ import annotations

import pytest

from yett.core.exchange import ANONYMOUS, Principal
from yett.errors import PolicyError
from yett.policy.who import read_who


@pytest.mark.parametrize(
    ("text", "principal"),
    [
        ("alice", Principal(issuer="asked", subject="alice")),
        ("alice@acme.io", Principal(issuer="asked", subject="alice@acme.io")),
        ("user:alice", Principal(issuer="asked", subject="alice")),
        ("user:anonymous", Principal(issuer="asked", subject="anonymous")),
        ("role:admin", Principal(issuer="asked", subject="", claimed_roles=frozenset({"admin"}))),
        ("group:/eng", Principal(issuer="asked", subject="", groups=frozenset({"/eng"}))),
        ("scope:mcp:read", Principal(issuer="asked", subject="", scopes=frozenset({"mcp:read"}))),
        ("client:claude", Principal(issuer="asked", subject="", client="claude")),
        ("okta:user:alice", Principal(issuer="asked", subject="alice", source="okta")),
        ("everyone", Principal(issuer="asked", subject="")),
        ("anonymous", ANONYMOUS),
    ],
)
def test_who_is_read_as_in_members(text, principal):
    assert read_who(text) == principal


def test_roles_are_carried_by_a_token():
    assert read_who("alice", roles=["engineer"]) == Principal(
        issuer="asked", subject="alice", roles=frozenset({"engineer"})
    )
    assert read_who("anonymous", roles=["engineer"]).issuer == "asked"


def test_a_role_of_the_config_can_be_asked_about_by_name():
    asked = read_who("role:engineer", defined=["engineer", "reader"])
    assert asked == Principal(
        issuer="asked", subject="", roles=frozenset({"engineer"}), claimed_roles=frozenset({"engineer"})
    )
    assert read_who("role:chef", defined=["engineer"]).roles == frozenset()


@pytest.mark.parametrize("text", ["", "user:", "grop:/eng", "group:", " "])
def test_nobody_is_an_error(text):
    with pytest.raises(PolicyError):
        read_who(text, "yett.yaml:1:1")
