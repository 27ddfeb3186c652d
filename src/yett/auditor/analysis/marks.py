"""Marks: for what a tainted value is still dangerous, and what is known about its form. Bits of one int.

The low bits are dangers: a sanitizer clears those that it ends. The high bits say what was done to the text, which
decides what a later test of it proves: an allow-list over `path.suffix` says nothing about `path`.
"""

from __future__ import annotations

from typing import Final

SHELL: Final = 1 << 0  # ends or extends a shell command
OPTION: Final = 1 << 1  # starts with a dash and is taken for an option
PROGRAM: Final = 1 << 2  # names the program that runs
DOTS: Final = 1 << 3  # climbs out of a folder with `..`
ROOT: Final = 1 << 4  # names another place by an absolute path
HOST: Final = 1 << 5  # decides which host a request goes to
SEGMENT: Final = 1 << 6  # changes the path of a request to a fixed host
SQL: Final = 1 << 7  # changes a query's meaning
CODE: Final = 1 << 8  # is run as code, or ends a literal in generated code
HTML: Final = 1 << 9  # is markup in a page
PATTERN: Final = 1 << 10  # is run as a regular expression
OPENED: Final = 1 << 11  # is opened by the operating system, whatever its scheme
OBJECT: Final = 1 << 12  # is deserialised
TEMPLATE: Final = 1 << 13  # is a template
KEY: Final = 1 << 14  # names a property that is written
SECRET: Final = 1 << 15  # is a secret; set only by sources of secrets
NAME: Final = 1 << 16  # a host that is a name, not an address; ruled out where the value was read as an address
FIRST: Final = 1 << 17  # the first word of a text
IF_RESOLVED: Final = 1 << 18  # PATH is ruled out if the caller gave a resolved path
PATH: Final = DOTS | ROOT
EVERY: Final = (1 << 15) - 1

RAW: Final = 1 << 20  # exactly what the source gave, or one of its fields
PIECE: Final = 1 << 21  # a part of it, or computed from it: what is proven of it is not proven of the whole
LEXICAL: Final = 1 << 22  # a path without `..`, made absolute
REAL: Final = 1 << 23  # a path with its links resolved
RELATIVE: Final = 1 << 24  # a path as seen from a base
HOSTPART: Final = 1 << 25  # the host of a URL
RESOLVED: Final = 1 << 26  # addresses that the host's name resolves to
SOFT: Final = 1 << 27  # rests on an assumption: an unknown function, a type that nothing enforces
INSIDE: Final = 1 << 28  # stands inside a text that others wrote
SUFFIX: Final = 1 << 29  # a file's extension or a URL's scheme: proves nothing but itself
LISTED: Final = 1 << 30  # an element or a list of it: a test of one is taken for a test of all

FORM: Final = ~EVERY & ~SECRET
# Known only when known on every way that leads here.
_ALL_WAYS: Final = RAW | LEXICAL | REAL | RELATIVE
WHOLE_FORM: Final = LEXICAL | REAL | RELATIVE


def merge(one: int, other: int) -> int:
    """What holds when either may have happened."""
    return ((one | other) & ~_ALL_WAYS) | (one & other & _ALL_WAYS)


def through(outer: int, inner: int) -> int:
    """A value marked `inner` that was given to something which passes it on with `outer`."""
    dangers = outer & inner & (EVERY | SECRET)
    form = (outer | inner) & FORM
    if not (outer & inner & RAW):
        form &= ~RAW
    return dangers | form


def granted(bits: int, mark: int) -> int:
    """What a helper's proof is worth for a value marked `mark`: some of it rests on the caller having resolved it."""
    if bits & IF_RESOLVED:
        if mark & (LEXICAL | REAL):
            return (bits & ~IF_RESOLVED) | PATH
        if not mark & RAW:
            return bits & ~IF_RESOLVED
    return bits
