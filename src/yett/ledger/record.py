"""What one record says: the shapes, in the order their fields are written.

`Asked` and `Outcome` are put together as text in `scribe.py`, which tests hold to what is written here.
"""

from __future__ import annotations

from msgspec import Struct

from yett.core.exchange import Entrance, Era


class Who(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The principal: identity, the program, who acts for him, the credential's public handle, and Yett's own roles.

    `source` is what the config calls the way he signed in by.
    """

    issuer: str
    subject: str
    client: str = ""
    actor: str = ""
    credential: str = ""
    source: str = ""
    roles: tuple[str, ...] = ()


class Said(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One remark of a guard."""

    guard: str
    verdict: str
    reason: str = ""
    note: str = ""
    observed: bool = False


class Asked(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Who wanted what, as far as it was known. `kind` is `intent` (about to be sent) or `refusal` (not sent).

    `session` is a keyed digest: the id itself is a key to the session. `target` and `name` are what the message reaches
    for, `also` what else it does. `arguments` maps keys to keyed digests of their values; `beyond` counts the keys left
    out. `tool` and `policy` name the definition and the configuration that the judgement rests on. A refusal's `reason`
    is its stable code, `answer` the kind of refusal that the caller saw.
    """

    kind: str
    at: str
    mono: int
    exchange: str
    server: str
    peer: str
    entrance: Entrance
    secure: bool = False
    era: Era | None = None
    version: str = ""
    session: str = ""
    who: Who
    method: str = ""
    target: str = ""
    name: str = ""
    also: tuple[str, ...] = ()
    arguments: dict[str, str] = {}
    beyond: int = 0
    tool: str = ""
    policy: str = ""
    reason: str = ""
    answer: str = ""
    detail: str = ""
    trail: tuple[Said, ...] = ()


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="kind", tag="outcome"):
    """How an exchange ended that had an intent. `sent` counts bytes of the answer."""

    at: str
    mono: int
    exchange: str
    server: str
    status: str
    detail: str = ""
    duration_ms: float = 0.0
    sent: int = 0
    trail: tuple[Said, ...] = ()


class Happened(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="event"):
    """Something about the gateway itself: start, stop, a reload, a changed token file."""

    at: str
    mono: int
    event: str
    fields: dict[str, str | int] = {}


class Gap(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="gap"):
    """The ledger could not be written for a while.

    `refused` calls were refused because of it: nothing was sent. `lost` other records (outcomes, refusals) did not fit
    into memory meanwhile.
    """

    at: str
    mono: int
    since: str
    why: str
    refused: int
    lost: int = 0


class Previous(Struct, frozen=True, kw_only=True):
    """The segment before: its file, and the byte at which its last kept record ends."""

    file: str
    bytes: int


class SegmentStart(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="segment"):
    """The first record of every file.

    `key` names the key of this segment's hashes, `key_kept` where it lives, `succeeds` the key that handed over to it
    with the record before. `abandoned` says why the segment before was
    given up: what stands in it beyond `previous.bytes` was never acknowledged.
    """

    at: str
    mono: int
    format: int = 0
    instance: str
    host: str
    pid: int
    key: str
    key_kept: str
    succeeds: str = ""
    previous: Previous | None = None
    abandoned: str = ""


class KeyChange(Struct, frozen=True, kw_only=True, tag_field="kind", tag="key-change"):
    """The last record made with `key`: all that follow are made with the key that is named `following`."""

    at: str
    mono: int
    key: str
    following: str


class Torn(Struct, frozen=True, kw_only=True, tag_field="kind", tag="torn"):
    """The unfinished last line that a crash left in `file`: where, how long, and the SHA-256 of its bytes."""

    at: str
    mono: int
    file: str
    offset: int
    bytes: int
    sha256: str


class Damaged(Struct, frozen=True, kw_only=True, tag_field="kind", tag="damaged"):
    """Lines of `file` from `offset` on that were no true records at the last start: the chain leaves them out."""

    at: str
    mono: int
    file: str
    offset: int
    bytes: int
    sha256: str
