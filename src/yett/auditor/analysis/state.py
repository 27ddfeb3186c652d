"""State: what variables hold and which dangers were ruled out, at one point of a function."""

from __future__ import annotations

from collections.abc import Iterable

from yett.auditor.analysis.values import Fact, Origin, Value, join, with_taint


class State:
    """One point. `dead` after a return, a raise, a break."""

    __slots__ = ("cleared", "dead", "names", "tool")

    def __init__(self, names: dict[str, Value], cleared: dict[Origin, int]) -> None:
        self.names = names
        self.cleared = cleared
        self.dead = False
        # The tool whose call this is, where a dispatcher compared the name.
        self.tool = ""

    def fork(self) -> State:
        """The same point, to go on in another way."""
        other = State(dict(self.names), dict(self.cleared))
        other.tool = self.tool
        return other

    def left(self, origin: Origin, mark: int) -> int:
        """What is left of `mark` when the dangers that were ruled out for the origin, or what holds it, are gone."""
        if not self.cleared:
            return mark
        function, param, path = origin
        for length in range(len(path) + 1):
            cleared = self.cleared.get((function, param, path[:length]))
            if cleared:
                mark &= ~cleared
        return mark

    def rule_out(self, origin: Origin, dangers: int) -> None:
        """From here on the origin is not dangerous in these ways."""
        if dangers:
            self.cleared[origin] = self.cleared.get(origin, 0) | dangers

    def learn(self, facts: Iterable[Fact], *, truth: bool) -> None:
        """A tested value turned out true or false."""
        for path, when, origin, dangers in facts:
            if not path and when is truth:
                self.rule_out(origin, dangers)


def meet(states: Iterable[State]) -> State:
    """Where several ways come together; ways that ended do not."""
    living = [state for state in states if not state.dead]
    if not living:
        end = State({}, {})
        end.dead = True
        return end
    first, *others = living
    for other in others:
        _meet(first, other)
    return first


def _meet(state: State, other: State) -> None:
    both = {origin: common for origin, bits in other.cleared.items() if (common := bits & state.cleared.get(origin, 0))}
    _settle(state, both)
    _settle(other, both)
    names = state.names
    for name, value in other.names.items():
        known = names.get(name)
        if known is None:
            names[name] = value
        elif known is not value:
            names[name] = join(known, value)
    state.cleared = both
    state.tool = state.tool if state.tool == other.tool else ""


def _settle(state: State, kept: dict[Origin, int]) -> None:
    """What only this way ruled out is taken from what its variables hold: the other way may have replaced them."""
    lost = {origin: bits & ~kept.get(origin, 0) for origin, bits in state.cleared.items()}
    lost = {origin: bits for origin, bits in lost.items() if bits}
    if not lost:
        return
    for name, value in state.names.items():
        if value.taint and not lost.keys().isdisjoint(value.taint):
            taint = {origin: mark & ~lost.get(origin, 0) for origin, mark in value.taint.items()}
            state.names[name] = with_taint(value, taint)
