"""Finds texts that give orders to a model where a description should stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from yett.detect.disguise import MAX_LENGTH, undisguise
from yett.detect.injection_signs import SIGNS, SURE, Sign

_QUOTED: Final = 160
"""Characters of a found text that are quoted."""


class Injection(Struct, frozen=True):
    """What betrays a text: `kinds` of signs, what each `says`, and the words that it was found in."""

    kinds: tuple[str, ...]
    says: tuple[str, ...]
    quotes: tuple[str, ...]
    disguised: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.kinds)


CLEAN: Final = Injection((), (), ())


def look(text: str) -> Injection:
    """Look at one text, under its disguises too. Empty where it says what descriptions say."""
    bare = undisguise(text)
    found = _signs(bare.plain)
    weight = sum(sign.weight for sign, _ in found)
    for hidden in bare.hidden:
        beneath = _signs(hidden)
        # Orders that were not to be seen need no second sign.
        weight += SURE * len(beneath)
        found += beneath
    if bare.ways and found:
        weight += 1
    if weight < SURE:
        return CLEAN
    first = {sign.kind: (sign, quote) for sign, quote in reversed(found)}
    ordered = [first[kind] for kind in dict.fromkeys(sign.kind for sign, _ in found)]
    return Injection(
        kinds=tuple(sign.kind for sign, _ in ordered),
        says=tuple(sign.says for sign, _ in ordered),
        quotes=tuple(quote for _, quote in ordered),
        disguised=bare.ways,
    )


def look_at_all(texts: Iterable[str]) -> tuple[int, Injection]:
    """Look at texts that a model reads one after the other: each by itself, then all as one.

    The number is the position of the text that is at fault; that of the first where an order is spread over several.
    """
    listed = list(texts)
    for position, text in enumerate(listed):
        if found := look(text):
            return position, found
    return 0, look(" ".join(listed)[:MAX_LENGTH]) if len(listed) > 1 else CLEAN


def _signs(text: str) -> list[tuple[Sign, str]]:
    found = []
    for sign in SIGNS:
        match = sign.pattern.search(text)
        if match is not None:
            found.append((sign, " ".join(match.group().split())[:_QUOTED]))
    return found
