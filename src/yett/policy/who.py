"""Who a question is about: `alice`, or any line of `members`, `everyone` or `anonymous`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from msgspec.structs import replace

from yett.core.exchange import ANONYMOUS, Principal
from yett.policy.membership import CLIENT, GROUP, ROLE, SCOPE, USER, Member, read_member
from yett.policy.role import EVERYONE, Entry

ASKED: Final = "asked"
"""The issuer of principals that exist only in a question."""


def read_who(text: str, where: str = "", *, roles: Collection[str] = (), defined: Collection[str] = ()) -> Principal:
    """The principal that `text` means; `roles` are Yett's own roles that its token carries.

    `role:engineer` is somebody with that role of the config where it has one (`defined`), and somebody of whom an
    identity provider claims it, as in `members`. `PolicyError` when the text means nobody.
    """
    principal = _read(text, where)
    roles = {*roles, *(principal.claimed_roles & frozenset(defined))}
    if not roles:
        return principal
    if principal is ANONYMOUS:
        # A token has a name, so a caller with roles is somebody.
        principal = Principal(issuer=ASKED, subject="")
    return replace(principal, roles=frozenset(roles))


def _read(text: str, where: str) -> Principal:
    if text == ANONYMOUS.subject:
        return ANONYMOUS
    if text == EVERYONE:
        return Principal(issuer=ASKED, subject="")
    # A name without a colon is a user's. With one, the kind must be right: a misspelt `grop:` is no user.
    return _like(read_member(Entry(text=text if ":" in text else f"{USER}:{text}", where=where)))


def _like(member: Member) -> Principal:
    """Somebody of whom a credential says this, and nothing else."""
    somebody = Principal(issuer=ASKED, subject="", source=member.source)
    name = frozenset({member.name})
    match member.kind:
        case _ if member.kind == ROLE:
            return replace(somebody, claimed_roles=name)
        case _ if member.kind == GROUP:
            return replace(somebody, groups=name)
        case _ if member.kind == SCOPE:
            return replace(somebody, scopes=name)
        case _ if member.kind == CLIENT:
            return replace(somebody, client=member.name)
        case _:
            return replace(somebody, subject=member.name)
