"""From claims to a principal: every claim that says who somebody is, read where its issuer puts it, or refused.

A claim of a wrong type is no empty claim. Whoever drops it may drop the group that a `deny` is for.
"""

from __future__ import annotations

from typing import Any, Final

from yett.core.exchange import Principal
from yett.core.verdict import Deny
from yett.identity.claims import CLAIM_WRONG
from yett.identity.issuer import Issuer, Path

LENGTH: Final = 256
"""Characters of a name."""

ITEMS: Final = 1_000
"""Roles, groups or scopes of one token; the token's own bound allows hardly more."""

ACTORS: Final = 4
"""Actors behind each other (`act` in `act`) that are recorded."""

_OVERAGE: Final = "_claim_names"
"""Entra puts this in the place of more groups than fit; who needs them would have to ask Microsoft Graph."""


class _Wrong(Exception):
    """A claim is not what it must be; the message says which."""


def principal_of(claims: dict[str, Any], issuer: Issuer, handle: str) -> Principal | Deny:
    """Who the claims are about. `handle` names the token where it has no `jti`."""
    paths = issuer.claims
    try:
        _name(claims, ("sub",))  # RFC 9068 demands it, whatever the config takes for the user
        return Principal(
            issuer=issuer.name,
            subject=_user(claims, paths.user),
            claimed_roles=_all(claims, paths.roles),
            groups=_groups(claims, paths.groups),
            scopes=_scopes(claims, paths.scopes),
            client=_first(claims, paths.client),
            actor=_actor(claims),
            credential=_first(claims, (("jti",),)) or handle,
            session=_first(claims, (("sid",),)),
            source=issuer.source,
        )
    except _Wrong as wrong:
        return Deny(reason=CLAIM_WRONG, detail=str(wrong))


def at(claims: dict[str, Any], path: Path) -> Any:
    """What stands at a path, `None` where nothing does."""
    value: Any = claims
    for step in path:
        if type(value) is not dict:
            return None
        value = value.get(step)
    return value


def shown(path: Path) -> str:
    """A path as the config has it."""
    return ".".join(path)


def _user(claims: dict[str, Any], path: Path) -> str:
    if path == ("email",) and claims.get("email_verified") is not True:
        raise _Wrong("`email` names the user, and `email_verified` is not true")
    return _name(claims, path)


def _name(claims: dict[str, Any], path: Path) -> str:
    value = at(claims, path)
    if not _is_name(value):
        raise _Wrong(f"`{shown(path)}` is missing" if value is None else f"`{shown(path)}` is no name")
    return str(value)


def _is_name(value: object) -> bool:
    return type(value) is str and 0 < len(value) <= LENGTH and value.isprintable() and value == value.strip()


def _all(claims: dict[str, Any], paths: tuple[Path, ...]) -> frozenset[str]:
    found: set[str] = set()
    for path in paths:
        found.update(_names(at(claims, path), path))
    return frozenset(found)


def _names(value: Any, path: Path) -> list[str]:
    values = [] if value is None else [value] if type(value) is str else value
    if type(values) is not list or len(values) > ITEMS or not all(_is_name(one) for one in values):
        raise _Wrong(f"`{shown(path)}` is no list of names")
    return values


def _groups(claims: dict[str, Any], paths: tuple[Path, ...]) -> frozenset[str]:
    elsewhere = claims.get(_OVERAGE)
    if paths and type(elsewhere) is dict and any(path[0] in elsewhere for path in paths):
        raise _Wrong("too many groups for a token: they are left out (`_claim_names`); assign roles instead")
    return _all(claims, paths)


def _scopes(claims: dict[str, Any], paths: tuple[Path, ...]) -> frozenset[str]:
    """Scopes: one text with spaces between them (RFC 9068), or a list."""
    found: set[str] = set()
    for path in paths:
        value = at(claims, path)
        found.update(_names([one for one in value.split(" ") if one] if type(value) is str else value, path))
    return frozenset(found)


def _first(claims: dict[str, Any], paths: tuple[Path, ...]) -> str:
    for path in paths:
        if at(claims, path) is not None:
            return _name(claims, path)
    return ""


def _actor(claims: dict[str, Any]) -> str:
    """Who acts (RFC 8693, 4.1): the present actor first, those before it behind."""
    names: list[str] = []
    actor = claims.get("act")
    while actor is not None and len(names) < ACTORS:
        if type(actor) is not dict:
            raise _Wrong("`act` is no object")
        names.append(_first(actor, (("sub",), ("client_id",))) or "?")
        actor = actor.get("act")
    return " < ".join(names)
