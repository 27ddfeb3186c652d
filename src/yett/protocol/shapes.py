"""Shapes of params: what a value must be before anybody decides about it.

Nothing is coerced: `1.0` is no id, `"1"` is no number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from yett.protocol import uri
from yett.protocol.jsonrpc import is_id

NAME_LENGTH: Final = 512
"""Characters. Names of tools have 128 at most; longer ones are unknown, these here are not even looked up."""
TEXT_LENGTH: Final = 8192
"""Characters of a trace header or a log level: the W3C limit for baggage."""

_LINE: Final = re.compile(r"[\x20-\x7e]{0,8192}")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_EXPRESSION: Final = re.compile(r"\{[+#./;?&]?[A-Za-z0-9_.,%*:]+\}")
"""One expression of a URI template (RFC 6570)."""


class Shape(Struct, frozen=True):
    """A test for one value, and the words for what passes it. `whole` is a type all of whose values pass."""

    accepts: Callable[[object], bool]
    words: str
    whole: type | None = None


def is_name(value: object) -> bool:
    """Tell whether a value may be looked up as a name. Odd characters pass: such a name is unknown, like any other."""
    if type(value) is not str or len(value) > NAME_LENGTH:
        return False
    return value.isprintable() or _CONTROLS.search(value) is None


def is_line(value: object) -> bool:
    """Tell whether a value can stand in a header: who reads a trace context from `_meta` writes it into one."""
    return type(value) is str and _LINE.fullmatch(value) is not None


def is_uri(value: object) -> bool:
    """Tell whether a value is a URI that has one reading only."""
    return type(value) is str and uri.canonical(value) == value


def is_template(value: object) -> bool:
    """Tell whether a value is a canonical URI, or a template that expands to one."""
    if type(value) is not str:
        return False
    expanded = _EXPRESSION.sub("x", value)
    return uri.canonical(expanded) == expanded


def _only(kind: type, words: str) -> Shape:
    return Shape(lambda value: type(value) is kind, words, kind)


ANY: Final = Shape(lambda _: True, "anything")
OBJECT: Final = _only(dict, "an object")
LIST: Final = _only(list, "a list")
STRING: Final = _only(str, "a string")
FLAG: Final = _only(bool, "true or false")
TEXT: Final = Shape(lambda value: type(value) is str and len(value) <= TEXT_LENGTH, "a short string")
LINE: Final = Shape(is_line, "a short line of printable ASCII")
NUMBER: Final = Shape(lambda value: type(value) in (int, float), "a number")
TOKEN: Final = Shape(is_id, "an integer or a short string")
NAME: Final = Shape(is_name, "a short string without control characters")
URI: Final = Shape(is_uri, "an absolute URI in canonical form")
TEMPLATE: Final = Shape(is_template, "a URI or URI template in canonical form")
