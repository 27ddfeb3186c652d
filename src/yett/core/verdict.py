"""What a guard may answer: `Allow`, `Deny` or `Rewrite`.

These and the messages are final, and asked for as `type(verdict) is Deny`: where the answer is no, and mostly it is,
`isinstance` takes four times as long with a msgspec Struct.
"""

from __future__ import annotations

from typing import Generic, TypeAlias, final

from msgspec import Struct

from yett.core.message import M
from yett.core.reason import Reason


@final
class Allow(Struct, frozen=True, kw_only=True):
    """Let the message go on. `note` goes to the trail (the grant that allowed a call); empty says nothing."""

    note: str = ""


@final
class Deny(Struct, frozen=True, kw_only=True):
    """Stop the message.

    `detail` is for the ledger and never reaches the caller. `retry_after` is in seconds. `public` replaces the
    reason's own public words where a fixed text is not enough (which argument failed); it must hold nothing the
    caller did not send.
    """

    reason: Reason
    detail: str = ""
    public: str = ""
    retry_after: float | None = None
    scopes: tuple[str, ...] = ()
    supported: tuple[str, ...] = ()
    """Protocol versions on offer, for `Kind.VERSION`; allowed methods, for `Kind.HTTP_METHOD`."""


@final
class Rewrite(Struct, Generic[M], frozen=True, kw_only=True):
    """Go on with another message of the same subject (id, method, target). `note` says what changed, without values."""

    message: M
    note: str
    count: int = 1


ALLOW = Allow()
Verdict: TypeAlias = Allow | Deny | Rewrite[M]
