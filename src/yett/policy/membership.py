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
SCOPE: Final = "scope"
CLIENT: Final = "client"
SUBJECTS: Final = (USER, ROLE, GROUP, SCOPE, CLIENT)


class Member(Struct, frozen=True, kw_only=True):
    """One line of `members`: `group:/eng`, or `keycloak:group:/eng` where only one way to sign in is meant."""

    kind: str
    name: str
    source: str = ""


class Held(Struct, frozen=True, kw_only=True):
    """A role that somebody has.

    `via` is the member line that gave it (`group:/engineering`), `token`, or empty for `everyone`; `where` is that
    line's place.
    """

    role: str
    via: str = ""
    where: str = ""


class Membership:
    """The `members` of all roles, turned around: from what is known of somebody to roles of ours."""

    def __init__(self, roles: Mapping[str, Role], *, anonymous: bool) -> None:
        self._defined = frozenset(roles)
        self._anonymous = anonymous
        self._by_member: dict[Member, list[Held]] = {}
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
        said = [
            (USER, principal.subject),
            *((ROLE, role) for role in sorted(principal.claimed_roles)),
            *((GROUP, group) for group in sorted(principal.groups)),
            *((SCOPE, scope) for scope in sorted(principal.scopes)),
            (CLIENT, principal.client),
        ]
        for kind, name in said:
            for source in dict.fromkeys(("", principal.source)):
                yield from self._by_member.get(Member(kind=kind, name=name, source=source), ())


def read_member(entry: Entry) -> Member:
    """Read `user:alice`; the name is taken as it stands, so that `*` in it is a star and nothing more."""
    source, kind, name = split_member(entry.text)
    if not kind:
        hint = f"write `user:{entry.text}`, `role:{entry.text}` or `group:{entry.text}`"
        raise PolicyError(f"`{entry.text}` is no member: {hint}", where=entry.where)
    if kind not in SUBJECTS:
        hint = nearest(kind, SUBJECTS) or f": use one of {', '.join(f'`{known}:`' for known in SUBJECTS)}"
        raise PolicyError(f"unknown member kind `{kind}:`{hint}", where=entry.where)
    if not name or name != name.strip():
        hint = f"write a name after `{kind}:`, without spaces around it"
        raise PolicyError(f"`{entry.text}` names nobody: {hint}", where=entry.where)
    return Member(kind=kind, name=name, source=source)


def split_member(text: str) -> tuple[str, str, str]:
    """Source, kind and name of `keycloak:user:alice`, as they are written; empty where there is none."""
    first, colon, rest = text.partition(":")
    kind, second, name = rest.partition(":")
    if first not in SUBJECTS and second and kind in SUBJECTS:
        return first, kind, name
    return "", first if colon else "", rest
