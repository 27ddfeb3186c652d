"""How large a JSON value is, in the measures that checking it costs."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

LONG_TEXT: Final = 16_384
"""Characters. No pattern is matched against longer texts, so they do not count."""

_SCALARS: Final = frozenset({int, bool, type(None)})


class Size(Struct, frozen=True):
    """`nodes` are values; `depth` is 1 for a flat object; `chars` are those of keys and of texts that are not long.

    `fractions` says that some number is whole and written with a fraction or an exponent (`1.0`), `long` that some text
    is long.
    """

    nodes: int
    depth: int
    chars: int
    fractions: bool = False
    long: bool = False


def measure(value: dict[str, Any]) -> Size:
    """Measure an object. A flat one without floats, which most are, costs one short loop."""
    chars = 0
    for key, item in value.items():
        kind = type(item)
        if kind is str and len(item) <= LONG_TEXT:
            chars += len(key) + len(item)
        elif kind in _SCALARS:
            chars += len(key)
        else:
            return _measure_deep(value)
    return Size(len(value) + 1, 1, chars)


def _measure_deep(value: Any) -> Size:
    nodes = depth = chars = 0
    fractions = long = False
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        item, level = waiting.pop()
        nodes += 1
        kind = type(item)
        if kind is str:
            long = long or len(item) > LONG_TEXT
            chars += len(item) if len(item) <= LONG_TEXT else 0
        elif kind is dict:
            depth = max(depth, level)
            chars += sum(map(len, item))
            waiting += [(inner, level + 1) for inner in item.values()]
        elif kind is list:
            depth = max(depth, level)
            waiting += [(inner, level + 1) for inner in item]
        elif kind is float:
            fractions = fractions or item.is_integer()
    return Size(nodes, depth, chars, fractions, long)
