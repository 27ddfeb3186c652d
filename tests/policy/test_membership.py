from __future__ import annotations

import pytest
from msgspec.structs import replace

from yett.core.exchange import ANONYMOUS, Principal
from yett.errors import PolicyError
from yett.policy.membership import Held, Membership, read_member, split_member
from yett.policy.role import Entry, Role, by_name

ALICE = Principal(issuer="yett", subject="alice")


def entries(*texts: str) -> tuple[Entry, ...]:
    return tuple(Entry(text=text, where=f"y:{number}") for number, text in enumerate(texts, 1))


def membership(*roles: Role, anonymous: bool = False) -> Membership:
    return Membership(by_name(roles), anonymous=anonymous)


READER = Role(name="reader", members=entries("user:alice", "role:viewer", "group:/eng"))
EVERYONE = Role(name="everyone")


@pytest.mark.parametrize(
    ("principal", "held"),
    [
        (ALICE, (Held(role="reader", via="user:alice", where="y:1"),)),
        (replace(ALICE, subject="bob"), ()),
        (replace(ALICE, subject="Alice"), ()),
        (
            replace(ALICE, subject="bob", claimed_roles=frozenset({"viewer"})),
            (Held(role="reader", via="role:viewer", where="y:2"),),
        ),
        (
            replace(ALICE, subject="bob", groups=frozenset({"/eng"})),
            (Held(role="reader", via="group:/eng", where="y:3"),),
        ),
        (replace(ALICE, subject="bob", groups=frozenset({"viewer"})), ()),
        (replace(ALICE, subject="bob", roles=frozenset({"reader"})), (Held(role="reader", via="token"),)),
        (replace(ALICE, subject="bob", roles=frozenset({"undefined"})), ()),
        (replace(ALICE, subject="bob", claimed_roles=frozenset({"reader"})), ()),
    ],
)
def test_a_role_comes_from_the_token_or_from_a_member_line(principal, held):
    assert membership(READER).held(principal) == held


def test_everybody_authenticated_is_everyone():
    assert membership(EVERYONE).held(ALICE) == (Held(role="everyone"),)
    assert membership(READER).held(replace(ALICE, subject="bob")) == ()


def test_a_caller_without_a_name_is_nobody_unless_that_was_switched_on():
    roles = (EVERYONE, Role(name="trap", members=entries("user:anonymous", "user:")[:1]))
    assert membership(*roles).held(ANONYMOUS) == ()
    assert membership(*roles, anonymous=True).held(ANONYMOUS) == (Held(role="everyone"),)


def test_a_user_who_is_called_anonymous_is_somebody():
    roles = (EVERYONE, Role(name="trap", members=entries("user:anonymous")))
    named = Principal(issuer="yett", subject="anonymous")
    assert membership(*roles).held(named) == (
        Held(role="trap", via="user:anonymous", where="y:1"),
        Held(role="everyone"),
    )


def test_everyone_takes_no_members():
    with pytest.raises(PolicyError, match="`everyone` has no members"):
        membership(Role(name="everyone", members=entries("user:alice")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("alice", "`alice` is no member: write `user:alice`, `role:alice` or `group:alice`"),
        ("usr:alice", "unknown member kind `usr:`: did you mean `user`?"),
        ("x:y", "unknown member kind `x:`: use one of `user:`, `role:`, `group:`, `scope:`, `client:`"),
        ("user:", "`user:` names nobody: write a name after `user:`, without spaces around it"),
        ("user: alice", "`user: alice` names nobody: write a name after `user:`, without spaces around it"),
    ],
)
def test_a_member_line_that_cannot_be_meant_says_what_to_write(text, message):
    with pytest.raises(PolicyError) as caught:
        read_member(Entry(text=text, where="y:1"))
    assert (str(caught.value), caught.value.where) == (message, "y:1")


def test_a_star_in_a_member_is_only_a_star():
    roles = membership(Role(name="r", members=entries("user:*")))
    assert roles.held(ALICE) == ()
    assert roles.held(replace(ALICE, subject="*")) == (Held(role="r", via="user:*", where="y:1"),)


def test_a_line_that_says_whose_it_is_matches_nobody_elses():
    readers = Role(name="reader", members=entries("keycloak:user:alice", "keycloak:group:/eng", "okta:scope:x"))
    theirs = Principal(issuer="https://sso", subject="alice", source="keycloak")
    assert membership(readers).held(theirs) == (Held(role="reader", via="keycloak:user:alice", where="y:1"),)
    for other in ("tokens", "okta", ""):
        assert membership(readers).held(replace(theirs, source=other, groups=frozenset({"/eng"}))) == ()


def test_scopes_and_clients_are_members_too():
    readers = Role(name="reader", members=entries("scope:mcp:read", "client:claude"))
    somebody = Principal(issuer="https://sso", subject="bob")
    assert membership(readers).held(somebody) == ()
    by_scope, by_client = replace(somebody, scopes=frozenset({"mcp:read"})), replace(somebody, client="claude")
    assert [held.via for held in membership(readers).held(by_scope)] == ["scope:mcp:read"]
    assert [held.via for held in membership(readers).held(by_client)] == ["client:claude"]


def test_a_line_is_split_at_the_kind_that_it_names():
    assert split_member("user:a:b") == ("", "user", "a:b")
    assert split_member("keycloak:user:a:b") == ("keycloak", "user", "a:b")
    assert split_member("user:role:x") == ("", "user", "role:x")
    assert split_member("grop:/eng") == ("", "grop", "/eng")
    assert split_member("alice") == ("", "", "")
