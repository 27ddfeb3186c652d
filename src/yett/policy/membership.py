"""Which roles a principal has, and through what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from yett.core.exchange import Principal
from yett.errors import PolicyError
from yett.policy.role import EVERYONE, Entry, Role, nearest

USER: Final = "user"
ROLE: Final = "role"
GROUP: Final = "group"
SUBJECTS: Final = (USER, ROLE, GROUP)


class Held(Struct, frozen=True, kw_only=True):
    """A role that somebody has.

    `via` is the member line that gave it (`group:/engineering`), `token`, or empty for `everyone`; `where` is that
    line's place.
    """

    role: str
    via: str = ""
    where: str = ""


class Membership:
    """The `members` of all roles, turned around: from a user, claimed role or group to roles of ours."""

    def __init__(self, roles: Mapping[str, Role], *, anonymous: bool) -> None:
        self._defined = frozenset(roles)
        self._anonymous = anonymous
        self._by_member: dict[tuple[str, str], list[Held]] = {}
        for role in roles.values():
            if role.name == EVERYONE and role.members:
                raise PolicyError(
                    "`everyone` has no members: it is every authenticated caller", where=role.members[0].where
                )
            for entry in role.members:
                held = Held(role=role.name, via=entry.text, where=entry.where)
                self._by_member.setdefault(read_member(entry), []).append(held)

    def held(self, principal: Principal) -> tuple[Held, ...]:
        """The principal's roles, before inheritance. Nobody in particular has none, unless that was switched on."""
        everyone = (Held(role=EVERYONE),) if EVERYONE in self._defined else ()
        if not principal.issuer:
            # `user:anonymous` must never match somebody without a name: only `everyone` may.
            return everyone if self._anonymous else ()
        own = (Held(role=role, via="token") for role in sorted(principal.roles & self._defined - {EVERYONE}))
        return (*own, *self._matched(principal), *everyone)

    def _matched(self, principal: Principal) -> Iterable[Held]:
        yield from self._by_member.get((USER, principal.subject), ())
        for role in sorted(principal.claimed_roles):
            yield from self._by_member.get((ROLE, role), ())
        for group in sorted(principal.groups):
            yield from self._by_member.get((GROUP, group), ())


def read_member(entry: Entry) -> tuple[str, str]:
    """Split `user:alice`; the name is taken as it stands, so that `*` in it is a star and nothing more."""
    kind, colon, name = entry.text.partition(":")
    if not colon:
        hint = f"write `user:{entry.text}`, `role:{entry.text}` or `group:{entry.text}`"
        raise PolicyError(f"`{entry.text}` is no member: {hint}", where=entry.where)
    if kind not in SUBJECTS:
        hint = nearest(kind, SUBJECTS) or ": use `user:`, `role:` or `group:`"
        raise PolicyError(f"unknown member kind `{kind}:`{hint}", where=entry.where)
    if not name or name != name.strip():
        hint = f"write a name after `{kind}:`, without spaces around it"
        raise PolicyError(f"`{entry.text}` names nobody: {hint}", where=entry.where)
    return kind, name
