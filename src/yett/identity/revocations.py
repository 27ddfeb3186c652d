"""Who gets in no more, whatever the credential says: a file that `yett revoke` writes and a gateway follows."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from yett import telemetry
from yett.core.exchange import Principal
from yett.core.reason import Kind, Reason
from yett.core.verdict import Deny
from yett.errors import StoreError
from yett.identity import revocation
from yett.identity.bearer import PUBLIC
from yett.identity.owner_file import OwnerFile, Snapshot
from yett.identity.revocation import Revoked
from yett.identity.watched import Watched

REVOKED = Reason(code="identity.revoked", kind=Kind.UNAUTHENTICATED, public=PUBLIC)
REVOCATIONS_UNUSABLE = Reason(
    code="identity.revocations-unusable",
    kind=Kind.UNAVAILABLE,
    public="who is calling cannot be checked at the moment; try again later",
)


class RevocationFile:
    """Reads and changes the file. Everything wrong with it is a `StoreError`."""

    def __init__(self, path: Path) -> None:
        self.file = OwnerFile(path, "revocation file")

    def read(self) -> tuple[Revoked, ...]:
        """The revocations; none where there is no file."""
        return self.parsed(self.file.snapshot().content)

    def parsed(self, content: bytes) -> tuple[Revoked, ...]:
        """The revocations in the file's bytes."""
        try:
            return revocation.read(content)
        except ValueError as error:
            raise StoreError(f"the revocation file `{self.file.path}` cannot be used: {error}") from error

    def add(self, one: Revoked) -> None:
        """Revoke; what was said before of the same thing is replaced."""

        def added(content: bytes) -> bytes:
            others = [other for other in self.parsed(content) if not _same(other, one)]
            return revocation.write([*others, one])

        self.file.change(added)

    def remove(self, kind: str, name: str, issuer: str) -> tuple[Revoked, ...]:
        """Take revocations back: of one issuer, or of all where `issuer` is empty. Returns what was taken back."""
        taken: list[Revoked] = []

        def kept(content: bytes) -> bytes:
            before = self.parsed(content)
            taken[:] = [o for o in before if (o.kind, o.name) == (kind, name) and issuer in ("", o.issuer)]
            return revocation.write([one for one in before if one not in taken]) if taken else content

        self.file.change(kept)
        return tuple(taken)


class Revocations:
    """Asked about every caller; looks at the file twice a second. `changed` hears when other revocations hold.

    A file that cannot be read, or that was there and is gone, lets nobody in: a revocation must not end by accident.
    """

    def __init__(
        self, path: Path, *, clock: Callable[[], float] = time.monotonic, changed: Callable[[str], None] | None = None
    ) -> None:
        self.problem = ""
        self._file = RevocationFile(path)
        self.clock = clock
        self._changed: Callable[[str], None] | None = None
        self._by_name: dict[tuple[str, str], list[Revoked]] = {}
        self._watched = Watched(self._file.file)
        self._seen = False  # a file that was there must not be gone
        self.look(clock())
        self._changed = changed  # what holds at the start is no change

    def check(self, principal: Principal, now: float) -> Deny | None:
        """Why this caller gets in no more, or `None`. `now` is wall time in seconds."""
        tick = self.clock()
        if self._watched.due(tick):
            self.look(tick)
        if self.problem:
            return Deny(reason=REVOCATIONS_UNUSABLE, detail=self.problem, retry_after=1.0)
        if not self._by_name:
            return None
        for key in _names(principal):
            for one in self._by_name.get(key, ()):
                if one.holds(principal, now):
                    return Deny(reason=REVOKED, detail=one.who)
        return None

    def look(self, tick: float) -> None:
        """See whether the file is another one than the one that was read."""
        try:
            snapshot = self._watched.look(tick)
            if snapshot is not None:
                self._read(snapshot)
        except StoreError as error:
            self._break(str(error))

    def _read(self, snapshot: Snapshot) -> None:
        if snapshot.mark is None:
            if self._seen:
                self._break(f"the revocation file `{self._file.file.path}` is gone: put it back")
            return
        if snapshot.content != self._watched.content:
            self._hold(self._file.parsed(snapshot.content))
        self._watched.keep(snapshot)
        self._seen = True

    def _break(self, problem: str) -> None:
        self._watched.forget()
        if self.problem != problem:
            self.problem = problem
            telemetry.warning("revocations.unusable", problem=problem)
            self._announce(problem)

    def _hold(self, revocations: tuple[Revoked, ...]) -> None:
        by_name: dict[tuple[str, str], list[Revoked]] = {}
        for one in revocations:
            by_name.setdefault((one.kind, one.name), []).append(one)
        self._by_name = by_name
        self.problem = ""
        telemetry.event("revocations.read", file=str(self._file.file.path), revocations=len(revocations))
        self._announce(f"{len(revocations)} revocations hold now")

    def _announce(self, sentence: str) -> None:
        if self._changed is not None:
            self._changed(sentence)


def _names(principal: Principal) -> tuple[tuple[str, str], ...]:
    """Everything a caller can be revoked by. Who acts in the place of somebody must be free to do so himself."""
    return (
        ("user", principal.subject),
        ("user", principal.actor),
        ("client", principal.client),
        ("token", principal.credential),
        ("session", principal.session),
    )


def _same(one: Revoked, other: Revoked) -> bool:
    return (one.kind, one.name, one.issuer) == (other.kind, other.name, other.issuer)
