"""The caller on a pipe: a principal that the config names, or the operating system's user."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Final

from yett.core.exchange import Principal
from yett.errors import ConfigError
from yett.identity.entry import TEXT

if sys.platform != "win32":
    import pwd

ISSUER: Final = "stdio"
"""Whoever is known by this issuer was named by a config, and proved nothing."""


def local(
    user: str | None, *, roles: Iterable[str] = (), groups: Iterable[str] = (), scopes: Iterable[str] = ()
) -> Principal:
    """The principal for everything that comes over one pipe. Without `user`, the operating system says the name."""
    return Principal(
        issuer=ISSUER,
        subject=os_user() if user is None else user,
        roles=frozenset(roles),
        groups=frozenset(groups),
        scopes=frozenset(scopes),
        source=ISSUER,
    )


def os_user() -> str:
    """The name of the user who runs this process, by its number: what the environment says can be anything."""
    if sys.platform == "win32":
        raise ConfigError("`os_user` is not known on Windows: write `user: alice`")
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:  # a container's user often has no name
        return f"uid:{number}"
    if not name or len(name) > TEXT or not name.isprintable():
        return f"uid:{number}"
    return name
