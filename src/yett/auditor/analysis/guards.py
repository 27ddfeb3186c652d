"""Guards: what a comparison or a question to a value proves of its origins. Judged by what they do, never by a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from yett.auditor.analysis.marks import (
    DOTS,
    EVERY,
    FIRST,
    HOST,
    HOSTPART,
    LEXICAL,
    NAME,
    OPENED,
    OPTION,
    PATH,
    PIECE,
    PROGRAM,
    RAW,
    REAL,
    RELATIVE,
    RESOLVED,
    ROOT,
    SEGMENT,
    SUFFIX,
)
from yett.auditor.analysis.regexes import proves, refutes
from yett.auditor.analysis.state import State
from yett.auditor.analysis.values import MOST_FACTS, UNKNOWN, Fact, Value, everything

Trusts = Callable[[Value], bool]
_NUMERIC: Final = frozenset(("number", "boolean", "bigint"))
_SEPARATORS: Final = ("/", "\\")


def all_of(value: Value, truth: bool, dangers: int) -> tuple[Fact, ...]:
    """The same proof for every origin of a value."""
    return tuple(((), truth, origin, dangers) for origin in everything(value))[:MOST_FACTS]


def equal(left: Value, right: Value, *, negated: bool, trusts: Trusts) -> tuple[Fact, ...]:
    """`left == right`: whoever equals a trusted value is that value. Comparing with an empty one asks for truth."""
    facts: list[Fact] = []
    for asked, other in ((left, right), (right, left)):
        if other.const is None or other.const is False or other.const in ("", 0):
            facts.extend((path, when is negated, origin, bits) for path, when, origin, bits in asked.facts)
        if other.const is None or other.const == "":
            # It is nothing at all.
            facts.extend(_member(asked, truth=not negated))
        if other.const is True:
            facts.extend((path, when is not negated, origin, bits) for path, when, origin, bits in asked.facts)
        if other.const is not None and other.const != "" and trusts(other):
            facts.extend(_member(_apart(asked, other), truth=not negated))
    return tuple(facts[:MOST_FACTS])


def member(left: Value, right: Value, *, negated: bool, trusts: Trusts) -> tuple[Fact, ...]:
    """`left in right`: an allow-list, or a search in a text."""
    if left.choices and everything(right):
        return tuple(fact for needle in left.choices for fact in searched(right, needle, truth=negated))[:MOST_FACTS]
    if left.text is not None and everything(right):
        return searched(right, left.text, truth=negated)
    if not trusts(right):
        return ()
    return tuple(_member(_apart(left, right), truth=not negated))


def _apart(one: Value, other: Value) -> Value:
    """What of a value does not come from what it is compared with: whoever sets that sets both."""
    shared = everything(other)
    return Value(taint={origin: mark for origin, mark in one.taint.items() if origin not in shared}) if shared else one


def _member(asked: Value, *, truth: bool) -> list[Fact]:
    facts: list[Fact] = []
    for origin, mark in asked.taint.items():
        if mark & HOSTPART:
            facts.append(((), truth, origin, HOST | SEGMENT | OPENED))
        elif mark & SUFFIX:
            facts.append(((), truth, origin, OPENED))
        elif mark & FIRST:
            facts.append(((), truth, origin, PROGRAM))
        elif not mark & PIECE:
            facts.append(((), truth, origin, EVERY))
    return facts


def searched(text: Value, needle: str, *, truth: bool) -> tuple[Fact, ...]:
    """The text was searched for `needle`; on the way `truth` it was not found."""
    dangers = 0
    if ".." in needle:
        dangers |= DOTS
    elif needle in _SEPARATORS:
        dangers |= PATH if needle == "/" else 0
    return all_of(text, truth, dangers) if dangers else ()


def starts(text: Value, prefix: Value, trusts: Trusts) -> tuple[Fact, ...]:
    """`text.startsWith(prefix)`: what either answer proves."""
    facts: list[Fact] = []
    known = prefix.text
    for origin, mark in text.taint.items():
        if known is not None:
            facts.extend(_starts_known(known, origin, mark))
        elif trusts(prefix) and origin not in everything(prefix):
            facts.append(((), True, origin, prefix_proves(mark, prefix)))
            if mark & REAL and ends_folder(prefix):
                # A list of forbidden folders, compared as a guard compares: resolved, with everything below.
                facts.append(((), False, origin, PATH))
    return tuple(fact for fact in facts if fact[3])[:MOST_FACTS]


def _starts_known(known: str, origin: tuple[int, int, tuple[str, ...]], mark: int) -> list[Fact]:
    if known.startswith("-"):
        return [((), False, origin, OPTION)]
    if known.startswith(".."):
        dangers = PATH if mark & RELATIVE else DOTS if mark & (LEXICAL | REAL) else 0
        return [((), False, origin, dangers)]
    if known in _SEPARATORS:
        return [((), False, origin, ROOT)]
    scheme, found, rest = known.partition("://")
    if found:
        fixed = HOST if "/" in rest and len(rest) > 1 else 0
        return [((), True, origin, (OPENED if scheme in {"http", "https"} else 0) | fixed)]
    if known.startswith("/") and mark & (LEXICAL | REAL):
        return [((), True, origin, PATH)]
    first_word = PROGRAM if " " in known else 0
    return [((), True, origin, OPTION | first_word)] if known[:1].isalnum() else []


def prefix_proves(mark: int, prefix: Value) -> int:
    """A path that starts with a base that others chose: all, if it was made absolute and the base ends the folder."""
    if mark & (LEXICAL | REAL):
        return PATH
    return ROOT | (HOST if ends_folder(prefix) else 0)


def ends_folder(prefix: Value) -> bool:
    """The base ends with a separator, so that `/base-evil` does not start with it."""
    return bool(prefix.head) and str(prefix.head).endswith(("/", "\\", "\0/", "<sep>"))


def ends(text: Value, suffix: Value) -> tuple[Fact, ...]:
    """`host.endswith(".example.com")`."""
    known = suffix.text
    if known is None or not known.startswith("."):
        return ()
    return tuple(((), True, origin, HOST) for origin, mark in text.taint.items() if mark & HOSTPART)


def matched(text: Value, pattern: str, *, whole: bool, start: bool = False) -> tuple[Fact, ...]:
    """The text was matched against a pattern: what a match proves, and what no match proves."""
    proven, refuted = proves(pattern, whole=whole, start=start), refutes(pattern)
    facts: list[Fact] = []
    for origin, mark in text.taint.items():
        if proven and not mark & (PIECE | SUFFIX):
            facts.append(((), True, origin, proven))
        if refuted:
            facts.append(((), False, origin, refuted))
    return tuple(facts[:MOST_FACTS])


def absolute(path: Value) -> tuple[Fact, ...]:
    """`isabs(path)`: a path that is not, names no other place."""
    return all_of(path, truth=False, dangers=ROOT)


def numeric(value: Value) -> tuple[Fact, ...]:
    """`typeof value === "number"`, `isinstance(value, int)`."""
    return all_of(value, truth=True, dangers=EVERY)


def is_numeric(name: object) -> bool:
    """Whether `typeof` answers with this for values that hold no text."""
    return name in _NUMERIC


def address(value: Value, state: State) -> tuple[Fact, ...]:
    """A question about an address (`is_private`, ...): proves something of the host where the name was resolved."""
    facts: list[Fact] = []
    for origin, mark in value.taint.items():
        literal = mark & HOSTPART and state.cleared.get(origin, 0) & NAME
        if mark & RESOLVED or literal:
            facts.extend(((), truth, origin, HOST | OPENED) for truth in (True, False))
    return tuple(facts[:MOST_FACTS])


def known(value: Value) -> bool:
    """Whether the value is a constant."""
    return value.const is not UNKNOWN


def asked(value: Value) -> tuple[Fact, ...]:
    """What a value proves when it is tested; one that is simply asked for holds no text where it is false."""
    if value.facts:
        return value.facts
    return tuple(((), False, origin, EVERY) for origin, mark in value.taint.items() if mark & RAW)[:MOST_FACTS]
