"""A value that never prints: `reveal()` is the only way in."""

from __future__ import annotations

import hmac
from typing import Final, NoReturn, SupportsIndex

from yett.errors import SecretError

_MASK: Final = "Secret(***)"


class Secret:
    """A credential in memory.

    `repr`, `str`, `format`, logging and tracebacks show `Secret(***)`; JSON and pickle refuse. `shown` is the text for
    people, with references instead of values. A secret may be known by its reference only (a config that was read to be
    explained, not to be run): then `reveal()` raises `SecretError`.
    """

    __slots__ = ("_value", "shown")

    def __init__(self, value: str | None, *, shown: str = "***") -> None:
        self._value: Final = value
        self.shown: Final = shown

    def reveal(self) -> str:
        """Give the value, for the one place that sends it."""
        if self._value is None:
            raise SecretError(f"the secret {self.shown} was not read")
        return self._value

    @property
    def known(self) -> bool:
        """Whether `reveal()` has something to give."""
        return self._value is not None

    def __repr__(self) -> str:
        return _MASK

    def __format__(self, _format: str) -> str:
        return _MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        if self._value is None or other._value is None:
            return self.shown == other.shown and self._value is other._value
        # Without a hint of how many characters agree.
        return hmac.compare_digest(
            self._value.encode("utf-8", "surrogatepass"), other._value.encode("utf-8", "surrogatepass")
        )

    # Equal values would hash equally, and a hash of a short secret is a way to guess it.
    __hash__ = None  # type: ignore[assignment]  # the documented way to make a class unhashable

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _memo: object) -> Secret:
        return self

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")
