"""What a target raises when something it promises does not hold."""

from __future__ import annotations

from collections.abc import Iterator


class Broken(Exception):
    """A promise that did not hold."""


def wants(condition: object, what: str) -> None:
    """Raise unless something holds; `assert` would be gone under `-O`."""
    if not condition:
        raise Broken(what)


def pieces(given: bytes) -> Iterator[bytes]:
    """Cut bytes as their first one says: what is read must not depend on packets."""
    size = 1 + (given[0] if given else 0) % 17
    rest = given[1:]
    return (rest[at : at + size] for at in range(0, len(rest), size))
