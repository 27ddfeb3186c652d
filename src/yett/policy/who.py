"""Who a question is about: `alice`, `user:alice`, `role:admin`, `group:/eng`, `everyone` or `anonymous`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from msgspec.structs import replace

from yett.core.exchange import ANONYMOUS, Principal
from yett.policy.membership import GROUP, ROLE, USER, read_member
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
    kind, name = read_member(Entry(text=text if ":" in text else f"{USER}:{text}", where=where))
    if kind == ROLE:
        return Principal(issuer=ASKED, subject="", claimed_roles=frozenset({name}))
    if kind == GROUP:
        return Principal(issuer=ASKED, subject="", groups=frozenset({name}))
    return Principal(issuer=ASKED, subject=name)
