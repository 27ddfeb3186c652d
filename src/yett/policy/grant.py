"""A rule with its place in the configuration, and the decision that rules lead to."""

from __future__ import annotations

from msgspec import Struct

ALLOW = "allow"
DENY = "deny"


class Grant(Struct, frozen=True, kw_only=True):
    """One line under a role's `allow` or `deny`.

    `role` is the role that holds the line (an included one, where it was inherited); `index` is its path in the
    configuration (`roles.engineer.deny[0]`); `where` is `file:line:column`, or empty when no place is known.
    """

    role: str
    effect: str
    index: str
    pattern: str
    where: str = ""
    scopes: frozenset[str] = frozenset()
    """What a credential must have besides, where the grant allows."""

    def __str__(self) -> str:
        return f"{self.index} ({self.pattern})"


class Decision(Struct, frozen=True, kw_only=True):
    """The policy's answer and the grants that made it: the denying ones, else the allowing ones, else none.

    `because` is those grants in words, for trails and ledgers; made once, as decisions are remembered.
    """

    allowed: bool
    grants: tuple[Grant, ...] = ()
    because: str = "nothing allows it"

    def __bool__(self) -> bool:
        return self.allowed


NOTHING = Decision(allowed=False)
"""Default deny: no rule spoke."""


def decided(grants: tuple[Grant, ...], *, allowed: bool) -> Decision:
    """The decision that these grants make; without any, the default."""
    if not grants:
        return NOTHING
    return Decision(allowed=allowed, grants=grants, because=", ".join(map(str, grants)))
