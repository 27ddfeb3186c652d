"""What a row of the catalogue is: an id, its variants, and what must become of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from siege.speech import Say

if TYPE_CHECKING:
    from siege.campaign import Campaign

LETTERS = {"H": 42, "J": 27, "M": 52, "A": 34, "Z": 20, "R": 12, "S": 10, "L": 18, "P": 14, "T": 13, "C": 12}
"""The groups of the catalogue, and how many cases each has."""
TITLES = {
    "H": "HTTP",
    "J": "JSON",
    "M": "JSON-RPC and MCP",
    "A": "authentication",
    "Z": "authorisation",
    "R": "rate limits",
    "S": "secrets",
    "L": "ledger",
    "P": "stdio servers",
    "T": "TLS",
    "C": "configuration",
    "W": "HTTP/1.1 probes",
}


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What must become of a variant: in the answer, in the canary's effects, and in Yett's ledger.

    `statuses` are the HTTP statuses that are right, 0 for a connection that is closed without an answer. `codes` are
    JSON-RPC errors; `tool_error` wants a result with `isError`. `reasons`, where given, are the ledger's. `absent` must
    not be in the answer, `present` must.
    """

    statuses: frozenset[int]
    codes: frozenset[int] = frozenset()
    tool_error: bool = False
    effects: int = 0
    refusals: int = 1
    intents: int = 0
    outcome: str = ""
    closes: bool = False
    reasons: frozenset[str] = frozenset()
    absent: tuple[bytes, ...] = ()
    present: tuple[bytes, ...] = ()


def no(*statuses: int, code: int = 0, **more: object) -> Fate:
    """Refused: no effect, one record."""
    codes = frozenset({code} if code else ())
    return Fate(**{"statuses": frozenset(statuses), "codes": codes, **more})  # type: ignore[arg-type] # keywords of Fate


def hidden(**more: object) -> Fate:
    """The answer for what is forbidden and for what does not exist (product.md)."""
    return no(200, code=-32602, **more)


def tool_error(**more: object) -> Fate:
    """A visible tool, but not this call: a result with `isError`."""
    return no(200, tool_error=True, **more)


def yes(**more: object) -> Fate:
    """Done: one effect, an intent and an outcome."""
    fate = {"statuses": frozenset({200}), "effects": 1, "refusals": 0, "intents": 1, "outcome": "allowed"}
    return Fate(**{**fate, **more})  # type: ignore[arg-type] # keywords of Fate


def broken(*codes: int, **more: object) -> Fate:
    """The server was asked, and what it said is not passed on."""
    wanted = frozenset(codes or (5020,))
    fate = {"statuses": frozenset({200}), "codes": wanted, "effects": 1, "refusals": 0, "intents": 1}
    fate["outcome"] = "failed"
    return Fate(**{"absent": (b"POISON",), **fate, **more})  # type: ignore[arg-type] # keywords of Fate


ERAS = ("modern", "legacy")
SERVERS = ("web", "proc")


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A variant that is one message. It runs in every era and against every server that it names."""

    what: str
    say: Say
    fate: Fate
    eras: Sequence[str] = ERAS
    servers: Sequence[str] = SERVERS
    long: bool = False


@dataclass(frozen=True, kw_only=True)
class Bytes:
    """A variant that is bytes on one connection. `<host>`, `<token>`, `<call>` and the like are filled in.

    `answers` is how many responses may come; the first one is judged.
    """

    what: str
    pieces: tuple[bytes | float, ...]
    fate: Fate
    seconds: float = 5.0
    answers: int = 1
    half_close: bool = False
    method: str = "POST"


@dataclass(frozen=True, kw_only=True)
class Act:
    """A variant that is a small story: it says itself what was wrong. `long` ones are left out of the short form."""

    what: str
    story: Callable[[Campaign], Sequence[str]]
    long: bool = False


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A variant that a test elsewhere in `tests/` runs already: its pytest node id."""

    what: str
    node: str


Variant: TypeAlias = Talk | Bytes | Act | Proof


@dataclass(frozen=True, kw_only=True)
class Case:
    """One row. `not_yet` says why it cannot be run, or what of it cannot."""

    id: str
    title: str
    variants: Sequence[Variant] = field(default_factory=tuple)
    not_yet: str = ""

    @property
    def letter(self) -> str:
        """Its group."""
        return self.id[0]


def case(id: str, title: str, *variants: Variant | Iterable[Variant], not_yet: str = "") -> Case:
    """A row, its variants given one by one or as lists."""
    flat: list[Variant] = []
    for variant in variants:
        if isinstance(variant, (Talk, Bytes, Act, Proof)):
            flat.append(variant)
        else:
            flat.extend(variant)
    return Case(id=id, title=title, variants=tuple(flat), not_yet=not_yet)


def talk(what: str, say: Say, fate: Fate, eras: str = "", servers: str = "", *, long: bool = False) -> Talk:
    """A message; eras and servers as words with spaces, empty for all."""
    where = {"eras": tuple(eras.split()) or ERAS, "servers": tuple(servers.split()) or SERVERS}
    return Talk(what=what, say=say, fate=fate, long=long, **where)


def stream(what: str, fate: Fate, *pieces: bytes | float, **more: object) -> Bytes:
    """Bytes on a connection."""
    return Bytes(what=what, pieces=pieces, fate=fate, **more)  # type: ignore[arg-type] # keywords of Bytes


def act(what: str, story: Callable[[Campaign], Sequence[str]], *, long: bool = False) -> Act:
    """A story."""
    return Act(what=what, story=story, long=long)


def proof(node: str, what: str = "") -> Proof:
    """A test elsewhere."""
    return Proof(what=what or node.rpartition("::")[2].removeprefix("test_").replace("_", " "), node=node)
