"""Yett's own tokens: from the `Authorization` header to a principal, by the token file.

Synchronous: no file is read on the hot path.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path
from typing import Final

from yett import telemetry
from yett.core.exchange import Principal
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.errors import StoreError
from yett.identity.bearer import PUBLIC, TOKEN_MISSING, credential
from yett.identity.entry import Entry, time_text
from yett.identity.owner_file import Snapshot
from yett.identity.token_file import TokenFile
from yett.identity.tokens import key_id_of
from yett.identity.watched import Watched

TOKEN_UNKNOWN = Reason(code="token.unknown", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
TOKEN_EXPIRED = Reason(code="token.expired", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
TOKEN_FILE_UNUSABLE = Reason(code="token.file-unusable", kind=Kind.UNAUTHENTICATED, public=PUBLIC)

ISSUER: Final = "yett"
SOURCE: Final = "tokens"
"""What the config calls these tokens; `Principal.source`."""

_REMEMBERED: Final = 4096
"""Verified header values; more than there are tokens in most files. When full, it starts anew."""

_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})

_NOBODY: Final = bytes(32)
"""Compared with where no token has the key id, so that unknown ids cost what known ones do."""


class Tokens:
    """Identifies callers by the tokens of one file, which may change, break and vanish while this runs.

    A file that cannot be used identifies nobody, and `problem` says why: an administrator who deletes or breaks it must
    not find that old tokens still work. `changed` is called with a sentence whenever what holds has changed.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        changed: Callable[[str], None] | None = None,
    ) -> None:
        self.problem = ""
        self._file = TokenFile(path)
        self._watched = Watched(self._file)
        self._clock = clock
        self._changed: Callable[[str], None] | None = None
        self._known: dict[bytes, tuple[Principal, float]] = {}
        self._entries: dict[str, tuple[bytes, Principal, Entry]] = {}
        self._look(clock())
        self._changed = changed  # what holds at the start is no change

    def identify(self, values: Sequence[bytes], now: float) -> Principal | Deny:
        """Who sent these `Authorization` values. `now` is wall time in seconds: expiry is judged by it."""
        tick = self._clock()
        if self._watched.due(tick):
            self._look(tick)
        if len(values) == 1:
            known = self._known.get(values[0])
            if known is not None and now < known[1]:
                return known[0]
        return self._examine(values, now)

    def _examine(self, values: Sequence[bytes], now: float) -> Principal | Deny:
        token = credential(values)
        if token is None:
            return Deny(reason=TOKEN_MISSING, detail="no authorization header")
        return token if isinstance(token, Deny) else self._verify(token, values[0], now)

    def _verify(self, token: str, value: bytes, now: float) -> Principal | Deny:
        """Compare a token with the file's. The work is the same whether its key id is known or not."""
        key_id = key_id_of(token)
        digest, principal, entry = self._entries.get(key_id or "", (_NOBODY, None, None))
        same = hmac.compare_digest(hashlib.sha256(token.encode()).digest(), digest)
        if self.problem:
            return Deny(reason=TOKEN_FILE_UNUSABLE, detail=self.problem)
        if key_id is None:
            return Deny(reason=TOKEN_UNKNOWN, detail="not a token of ours: form or checksum")
        if entry is None or principal is None or not same:
            return Deny(reason=TOKEN_UNKNOWN, detail=f"key id `{key_id}`{'' if entry is None else ', another secret'}")
        if entry.expired(now):
            return Deny(reason=TOKEN_EXPIRED, detail=f"key id `{key_id}`, since {time_text(entry.expires)}")
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[value] = (principal, inf if entry.expires is None else entry.expires)
        return principal

    def _look(self, tick: float) -> None:
        """See whether the file is another one than the one that was read."""
        try:
            snapshot = self._watched.look(tick)
            if snapshot is not None:
                self._read(snapshot)
        except StoreError as error:
            # That nothing can be opened just now says nothing about a file that is, by its mark, the one that was read.
            if not (self._watched.same and _exhausted(error)):
                self._forget(str(error))

    def _read(self, snapshot: Snapshot) -> None:
        if snapshot.mark is None:
            self._forget(f"there is no token file `{self._file.path}`: make a token with `yett token new`")
            return
        if snapshot.content != self._watched.content:
            self._hold(self._file.entries(snapshot))
        self._watched.keep(snapshot)

    def _hold(self, entries: Sequence[Entry]) -> None:
        self._known.clear()
        self._entries = {
            entry.id: (bytes.fromhex(entry.digest.removeprefix("sha256:")), _principal(entry), entry)
            for entry in entries
        }
        self.problem = ""
        telemetry.event("tokens.read", file=str(self._file.path), tokens=len(entries))
        self._announce(f"{len(entries)} tokens hold now")

    def _forget(self, problem: str) -> None:
        """Nobody is identified until the file can be used again."""
        self._known.clear()
        self._entries = {}
        self._watched.forget()
        if problem != self.problem:
            self.problem = problem
            telemetry.warning("tokens.unusable", problem=problem)
            self._announce(problem)

    def _announce(self, sentence: str) -> None:
        if self._changed is not None:
            self._changed(sentence)


def _exhausted(error: StoreError) -> bool:
    """Whether it was this process, or the machine, that had no descriptor or memory left."""
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno in _EXHAUSTED


def _principal(entry: Entry) -> Principal:
    return Principal(
        issuer=ISSUER,
        subject=entry.user,
        roles=frozenset(entry.roles),
        groups=frozenset(entry.groups),
        scopes=frozenset(entry.scopes),
        credential=entry.id,
        source=SOURCE,
    )
