"""How a gateway is: what it holds, counted, and whether that is more than before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from storm.gateway import Gateway

KEPT: Final = 32
"""Idle connections that the pool of one server keeps, at most (`yett.wire.client`)."""
_MORE: Final = 1.05
_MIB: Final = 4


@dataclass(frozen=True)
class Vitals:
    """What must be again as it was. `pooled` are connections to servers, which are not among the descriptors."""

    descriptors: int
    pooled: int
    threads: int
    children: int
    tasks: int
    memory: float

    @classmethod
    async def of(cls, gateway: Gateway, servers: Sequence[int]) -> Self:
        """Count; `servers` are the ports of the servers behind it. Garbage, which nobody holds, is collected first."""
        await gateway.census()
        tasks, descriptors, pooled = await gateway.look(*servers)
        return cls(
            descriptors=descriptors,
            pooled=pooled,
            threads=gateway.threads(),
            children=len(gateway.children()),
            tasks=tasks,
            memory=gateway.memory(),
        )

    def grown(self, before: Vitals, servers: int) -> str:
        """I6: what is more than before, empty when nothing is; memory with 5% and what an allocator keeps.

        The pool of a server comes and goes: it has a bound instead.
        """
        for what in ("descriptors", "threads", "children", "tasks"):
            if getattr(self, what) > getattr(before, what):
                return f"I6: {getattr(before, what)} {what} before, {getattr(self, what)} after"
        if self.pooled > KEPT * servers:
            return f"I6: {self.pooled} connections to {servers} servers, and no call runs"
        if self.memory > before.memory * _MORE + _MIB:
            return f"I6: {before.memory:.0f} MiB before, {self.memory:.0f} MiB after"
        return ""

    def __str__(self) -> str:
        return (
            f"{self.descriptors} fds, {self.tasks} tasks, {self.threads} threads, {self.children} children, "
            f"{self.memory:.0f} MiB"
        )
