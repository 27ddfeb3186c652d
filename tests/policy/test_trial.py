from __future__ import annotations

import pytest

from yett.errors import PolicyError
from yett.policy.policy import Policy
from yett.policy.role import Entry, Role
from yett.policy.trial import Case, run_tests


def entries(*texts: str) -> tuple[Entry, ...]:
    return tuple(Entry(text=text, where=f"yett.yaml:{number}") for number, text in enumerate(texts, 1))


POLICY = Policy(
    [
        Role(name="everyone", allow=entries("docs.read_*")),
        Role(
            name="engineer",
            members=entries("group:/eng"),
            allow=entries("github.*", "docs.resource:file:///a/*"),
            deny=entries("github.delete_*"),
        ),
    ]
)


def outcome(who: str, *, allow: tuple[str, ...] = (), deny: tuple[str, ...] = ()) -> list[tuple[str, bool, str]]:
    case = Case(who=Entry(text=who, where="t:1"), allow=entries(*allow), deny=entries(*deny))
    return [(result.name, result.passed, result.problem) for result in run_tests(POLICY, [case])]


def test_each_expectation_is_a_result():
    assert outcome("group:/eng", allow=("github.create",), deny=("github.delete_all",)) == [
        ("group:/eng may call github.create", True, ""),
        ("group:/eng may not call github.delete_all", True, ""),
    ]


def test_a_failing_test_names_the_grant_or_its_absence():
    assert outcome("alice", allow=("github.create",), deny=("docs.read_file",)) == [
        ("alice may call github.create", False, "nothing allows it"),
        ("alice may not call docs.read_file", False, "allowed by roles.everyone.allow[0]  yett.yaml:1"),
    ]
    assert outcome("group:/eng", allow=("github.delete_all",)) == [
        ("group:/eng may call github.delete_all", False, "denied by roles.engineer.deny[0]  yett.yaml:1")
    ]


@pytest.mark.parametrize(
    ("who", "allow", "deny", "passed"),
    [
        ("anonymous", (), ("*.*",), True),
        ("anonymous", (), ("*.resource:*",), True),
        ("alice", (), ("*.*",), False),
        ("alice", (), ("github.*",), True),
        ("group:/eng", (), ("github.*",), False),
        ("group:/eng", (), ("github.delete_*",), True),
        ("group:/eng", (), ("github.delete_x*",), True),
        ("group:/eng", ("github.get_*",), (), True),
        ("group:/eng", ("github.*",), (), False),
        ("group:/eng", ("docs.resource:file:///a/b*",), (), True),
        ("group:/eng", ("docs.resource:file:///*",), (), False),
    ],
)
def test_a_star_speaks_of_everything_it_could_match(who, allow, deny, passed):
    assert [ok for _, ok, _ in outcome(who, allow=allow, deny=deny)] == [passed]


def test_the_clock_is_the_callers():
    ticks = iter([1.0, 3.5])
    case = Case(who=Entry(text="alice"), allow=entries("docs.read_x"))
    assert [result.seconds for result in run_tests(POLICY, [case], lambda: next(ticks))] == [2.5]


def test_verbs_follow_the_kind():
    assert outcome("anonymous", deny=("a.resource:x:y", "a.prompt:p"))[0][0] == "anonymous may not read a.resource:x:y"
    assert outcome("anonymous", deny=("a.resource:x:y", "a.prompt:p"))[1][0] == "anonymous may not get a.prompt:p"


def test_an_expectation_that_cannot_be_read_has_a_place():
    with pytest.raises(PolicyError) as caught:
        outcome("alice", allow=("nodot",))
    assert caught.value.where == "yett.yaml:1"
