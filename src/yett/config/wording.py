"""How a wrong value is talked about: what it is, what it should be, and what the nearest right word is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any, Final

_KINDS: Final[tuple[tuple[Any, str], ...]] = (
    (type(None), "nothing"),
    (str, "text"),
    (list | tuple, "a list"),
    (dict, "a mapping"),
)


class Unreadable(ValueError):
    """A text that is not what its place demands. `help` says what to write instead."""

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002 - the word users read
        super().__init__(message)
        self.help = help


def kind(value: Any) -> str:
    """What a value is, in a user's words."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"the number `{value}`"
    return next((words for types, words in _KINDS if isinstance(value, types)), "a secret")


def suggestion(word: str, known: Collection[str]) -> str:
    """``did you mean `x`?``, or empty when nothing is near."""
    near = get_close_matches(word.lower(), {name.lower(): name for name in known}, n=1, cutoff=0.6)
    if not near:
        return ""
    return f"did you mean `{next(name for name in known if name.lower() == near[0])}`?"


def listed(words: Iterable[str]) -> str:
    """`a`, `b` or `c`."""
    *most, last = [f"`{word}`" for word in words]
    return f"{', '.join(most)} or {last}" if most else last
