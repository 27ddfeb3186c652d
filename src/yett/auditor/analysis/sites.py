"""Site: one call as the interpreter sees it, with the values of what it is given."""

from __future__ import annotations

from dataclasses import dataclass, field

from yett.auditor.analysis import ir
from yett.auditor.analysis.values import NOTHING, Value


@dataclass(slots=True)
class Site:
    """One call. `paths` are the names outside of the project that it may call; `method` the last name."""

    node: ir.Call
    function: ir.Function
    paths: list[str]
    method: str
    receiver: Value
    args: list[Value]
    keywords: dict[str, Value] = field(default_factory=dict)
    spread: list[bool] = field(default_factory=list)

    def argument(self, index: int, *names: str) -> Value:
        """A positional argument, or one of that name."""
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        return self.args[index] if 0 <= index < len(self.args) else NOTHING

    def option(self, name: str) -> Value:
        """A keyword, or a field of an options object among the arguments."""
        if name in self.keywords:
            return self.keywords[name]
        for arg in self.args:
            if arg.fields and name in arg.fields:
                return arg.fields[name]
        return NOTHING
