"""Policy tests: what somebody must and must not be able to reach, judged by the policy itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec import Struct

from yett.core.exchange import Principal
from yett.policy.grant import Decision, Grant
from yett.policy.pattern import PROMPT, RESOURCE, TOOL, Pattern, parse
from yett.policy.policy import Policy
from yett.policy.role import Entry
from yett.policy.who import read_who

_VERBS: Final = {TOOL: "call", RESOURCE: "read", PROMPT: "get"}


class Case(Struct, frozen=True, kw_only=True):
    """One entry of `tests:`: somebody, what must be allowed and what must be denied."""

    who: Entry
    allow: tuple[Entry, ...] = ()
    deny: tuple[Entry, ...] = ()


class TestResult(Struct, frozen=True, kw_only=True):
    """One expectation and how it went. `seconds` is what the decision took on the clock that was passed in."""

    __test__ = False

    name: str
    passed: bool
    decision: Decision
    where: str = ""
    seconds: float = 0.0

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The grants behind the decision; empty where nothing allows it."""
        return self.decision.grants

    @property
    def problem(self) -> str:
        """What is wrong, in words; empty for a passed test."""
        if self.passed:
            return ""
        grants = ", ".join(f"{grant.index}  {grant.where}".rstrip() for grant in self.grants)
        if self.decision.allowed:
            return f"allowed by {grants}"
        return f"denied by {grants}" if grants else "nothing allows it"


def run_tests(policy: Policy, cases: Iterable[Case], clock: Callable[[], float] = lambda: 0.0) -> list[TestResult]:
    """Judge every expectation, in order. `PolicyError` when one names nobody or no pattern.

    An expectation with a star speaks of everything it could match, now or later: `allow` asks that all of it is
    allowed, `deny` that none of it is.
    """
    return [_judge(policy, case, entry, clock, wanted=wanted) for case in cases for entry, wanted in _entries(case)]


def _entries(case: Case) -> Iterator[tuple[Entry, bool]]:
    yield from ((entry, True) for entry in case.allow)
    yield from ((entry, False) for entry in case.deny)


def _judge(policy: Policy, case: Case, entry: Entry, clock: Callable[[], float], *, wanted: bool) -> TestResult:
    principal = read_who(case.who.text, case.who.where, defined=policy.roles)
    pattern = parse(entry.text, entry.where)
    began = clock()
    decision = _decide(policy, principal, pattern, wanted=wanted)
    seconds = clock() - began
    may = "may" if wanted else "may not"
    return TestResult(
        name=f"{case.who.text} {may} {_VERBS[pattern.kind]} {entry.text}",
        passed=decision.allowed is wanted,
        decision=decision,
        where=entry.where,
        seconds=seconds,
    )


def _decide(policy: Policy, principal: Principal, pattern: Pattern, *, wanted: bool) -> Decision:
    if pattern.exact:
        return policy.decide(principal, pattern.server, pattern.kind, pattern.name.text)
    return policy.decide_all(principal, pattern) if wanted else policy.decide_any(principal, pattern)
