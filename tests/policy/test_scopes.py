from __future__ import annotations

from yett.core.exchange import Principal
from yett.policy.grant import Grant
from yett.policy.pattern import parse
from yett.policy.policy import Policy
from yett.policy.role import Entry, Role
from yett.policy.scopes import Demand, Demands, lacking


def grant(*scopes: str) -> Grant:
    return Grant(role="r", effect="allow", index="i", pattern="p", scopes=frozenset(scopes))


def test_nothing_is_lacking_where_one_grant_is_enough():
    assert lacking(frozenset(), [grant()], frozenset()) == ()
    assert lacking(frozenset(), [grant("a"), grant()], frozenset()) == ()
    assert lacking(frozenset({"t"}), [grant("a")], frozenset({"a", "t", "x"})) == ()
    assert lacking(frozenset(), [], frozenset()) == ()


def test_what_is_lacking_is_told_with_all_that_the_call_needs():
    assert lacking(frozenset({"t"}), [grant("a")], frozenset({"a"})) == ("a", "t")
    assert lacking(frozenset({"t"}), [], frozenset()) == ("t",)


def test_of_several_ways_the_nearest_one_is_asked_for():
    assert lacking(frozenset(), [grant("a", "b"), grant("c")], frozenset()) == ("c",)
    assert lacking(frozenset(), [grant("a", "b"), grant("c", "d")], frozenset({"a"})) == ("a", "b")


def test_a_demand_is_about_what_it_names():
    demands = Demands(
        [
            Demand(pattern=parse("git.delete_*"), scopes=frozenset({"admin"})),
            Demand(pattern=parse("git.*"), scopes=frozenset({"git"})),
            Demand(pattern=parse("git.prompt:review"), scopes=frozenset({"p"})),
        ]
    )
    assert demands.of("git", "tool", "delete_repo") == {"admin", "git"}
    assert demands.of("git", "tool", "get") == {"git"}
    assert demands.of("other", "tool", "delete_repo") == frozenset()
    assert demands.of("git", "prompt", "review") == {"p"}
    assert demands.all == {"admin", "git", "p"}


def test_a_role_demands_scopes_for_what_it_allows_and_denies_without_them():
    def entries(*texts):
        return tuple(Entry(text=text) for text in texts)

    writer = Role(
        name="writer",
        members=entries("user:alice"),
        allow=entries("git.push"),
        deny=entries("git.force"),
        scopes=frozenset({"w"}),
    )
    lead = Role(name="lead", members=entries("user:bob"), include=entries("writer"), allow=entries("git.*"))
    policy = Policy([writer, lead])
    alice = Principal(issuer="i", subject="alice")
    bob = Principal(issuer="i", subject="bob")

    def asked(principal, name):
        decision = policy.decide(principal, "git", "tool", name)
        return decision.allowed, policy.lacking(principal, decision, "git", "tool", name)

    assert policy.scopes == {"w"}
    assert asked(alice, "push") == (True, ("w",))
    assert asked(alice, "force")[0] is False
    assert asked(bob, "push") == (True, ())  # his own role allows it, and asks for nothing
    assert asked(bob, "force")[0] is False
