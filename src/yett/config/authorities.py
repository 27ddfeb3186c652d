"""What the CA files of a config held when it was read: what was made from a file is made anew when it was renewed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yett.config.schema import Config

_READ_BYTES: Final = 16 * 1_048_576
"""Far more than the roots of every public authority together (about 250 KiB)."""


def authorities(config: Config) -> Mapping[Path, str]:
    """The CA files that a config names, and the digests of what is in them; empty where a file cannot be read.

    Taken before contexts are made of them: a file that changes in between looks changed at the next reload.
    """
    return {path: _digest(path) for path in set(_named(config))}


def renewed(before: Config, now: Config, *paths: Path | None) -> bool:
    """Whether another CA is in one of these files than there was when `before` was read."""
    old, new = before.origin.authorities, now.origin.authorities
    return any(path is not None and old.get(path) != new.get(path) for path in paths)


def authority_of(section: object) -> Path | None:
    """The CA file of any part of a config that may have one."""
    named = getattr(section, "ca", None)
    return named if isinstance(named, Path) else None


def _named(config: Config) -> Iterator[Path]:
    issuers = (entry for _, entry in config.auth.trusted)
    stores = (getattr(config.secrets, name) for name in type(config.secrets).model_fields)
    for section in (*issuers, *config.servers.values(), *stores):
        path = authority_of(section)
        if path is not None:
            yield path


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.sha256(file.read(_READ_BYTES)).hexdigest()
    except OSError:
        return ""
