from __future__ import annotations

import pytest

from yett.errors import PolicyError
from yett.policy.role import Entry, Role, by_name, inherited, nearest


def role(name: str, *include: str) -> Role:
    return Role(
        name=name,
        where=f"{name}:1",
        include=tuple(Entry(text=text, where=f"{name}:{number}") for number, text in enumerate(include, 2)),
    )


def test_a_role_inherits_at_any_depth():
    roles = by_name([role("a", "b", "c"), role("b", "c"), role("c"), role("d", "a")])
    assert inherited(roles) == {
        "a": frozenset("abc"),
        "b": frozenset("bc"),
        "c": frozenset("c"),
        "d": frozenset("abcd"),
    }


def test_a_diamond_is_no_circle():
    roles = by_name([role("a", "b", "c"), role("b", "d"), role("c", "d"), role("d")])
    assert inherited(roles)["a"] == frozenset("abcd")


@pytest.mark.parametrize(
    ("roles", "message", "where"),
    [
        ([role("a", "a")], "roles include each other in a circle: a -> a", "a:2"),
        ([role("a", "b"), role("b", "c"), role("c", "b")], "roles include each other in a circle: b -> c -> b", "c:2"),
        (
            [role("engineer"), role("a", "enginer")],
            "unknown role `enginer` in `include`: did you mean `engineer`?",
            "a:2",
        ),
        ([role("a", "zzz")], "unknown role `zzz` in `include`", "a:2"),
    ],
)
def test_an_impossible_inheritance_is_an_error_with_a_place(roles, message, where):
    with pytest.raises(PolicyError) as caught:
        inherited(by_name(roles))
    assert (str(caught.value), caught.value.where) == (message, where)


def test_a_role_defined_twice_is_an_error():
    with pytest.raises(PolicyError, match="role `a` is defined twice"):
        by_name([role("a"), role("a")])


def test_a_long_chain_of_roles_is_fine():
    chain = [role(f"r{n}", f"r{n + 1}") for n in range(1_500)]
    assert len(inherited(by_name([*chain, role("r1500")]))["r0"]) == 1_501


def test_nothing_near_gives_no_hint():
    assert nearest("abc", ["xyz"]) == ""
