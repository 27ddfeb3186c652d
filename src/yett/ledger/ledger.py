"""The ledger: what was about to happen, before it happens, and how it ended. Nothing is sent that it could not keep."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Protocol

from yett import __version__, telemetry
from yett.core.exchange import Exchange
from yett.core.pipeline import Trail
from yett.core.reason import Kind
from yett.core.verdict import Deny
from yett.errors import LedgerError
from yett.ledger.backlog import Backlog
from yett.ledger.chain import Chain, Head
from yett.ledger.direct import Direct
from yett.ledger.folder import Folder, segment_names
from yett.ledger.group import Group
from yett.ledger.journal import SEGMENT_BYTES, Journal, Seal
from yett.ledger.kept import Waiting
from yett.ledger.key import checked, key_beside
from yett.ledger.mac import key_id
from yett.ledger.recovery import Found, recover
from yett.ledger.scribe import Scribe
from yett.ledger.stamp import Stamp
from yett.ledger.succession import predecessor


class Durability(Enum):
    """When an intent counts as kept: when the kernel has it, or when the device has it."""

    WRITE = "write"
    FSYNC = "fsync"


class Writer(Protocol):
    """One way to keep records: `Direct` or `Group`."""

    async def keep(self, intent: bytes) -> None:
        """Return when the record is kept; raise `LedgerError` when it is not."""
        ...

    def take(self, intent: bytes, waiting: Waiting) -> None:
        """Tell `waiting` when the record is kept, or that it is not; raise `LedgerError` where that is known now."""
        ...

    def put(self, body: bytes, *, at_once: bool = False) -> None:
        """Take a record that nobody waits for."""
        ...

    async def hand_over(self, seal: Seal) -> None:
        """Go on under another key. Raises `LedgerError`: then the old one goes on."""
        ...

    async def close(self) -> bool:
        """Write what waits. False when the disk still holds up the last write: then nothing may be closed under it."""
        ...


class Ledger:
    """The one writer of one ledger. Opened with `Ledger.open`; all of it runs in the event loop that opened it."""

    def __init__(
        self,
        folder: Folder,
        journal: Journal,
        scribe: Scribe,
        backlog: Backlog,
        writer: Writer,
        *,
        flood_seconds: float,
    ) -> None:
        self._folder = folder
        self._journal = journal
        self._scribe = scribe
        self._backlog = backlog
        self._writer = writer
        self._closed = False
        self._flood_seconds = flood_seconds
        self._flood = 0
        self._flood_peer = ""
        self._flood_timer: asyncio.TimerHandle | None = None

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        durability: Durability = Durability.WRITE,
        key: bytes = b"",
        clock: Callable[[], float] = time.time,
        storage: Callable[[Path], Folder] = Folder.open,
        segment_bytes: int = SEGMENT_BYTES,
        flood_seconds: float = 1.0,
    ) -> Ledger:
        """Lock the ledger in `path`, find its end, and begin a new segment with a `start` event.

        Without a `key`, one is made once and kept in the folder. Raises `LedgerError` when the ledger cannot be
        written, belongs to somebody else or is in use.
        """
        folder = await asyncio.to_thread(storage, path)
        try:
            secret = checked(key, "the ledger's key") if key else key_beside(path, may_create=not segment_names(path))
            found = await asyncio.to_thread(recover, path, secret)
            name = key_id(secret)
            last = found.previous
            before = "" if last is None else await asyncio.to_thread(predecessor, path, last, name)
            scribe = Scribe(secret, Stamp(clock))
            seal = Seal(chain=Chain(secret), key=name, kept="configured" if key else "beside", succeeds=before)
            sync = durability is Durability.FSYNC
            journal = Journal(folder, found, seal, scribe, sync=sync, segment_bytes=segment_bytes)
            started = scribe.event("start", {"version": __version__, "durability": durability.value})
            await asyncio.to_thread(journal.append, [started])
        except OSError as error:
            folder.close()
            raise LedgerError(f"the ledger `{path}` cannot be written: {error.strerror}") from error
        except BaseException:
            folder.close()
            raise
        _warn(path, found)
        backlog = Backlog(scribe)
        loop = asyncio.get_running_loop()
        writer = Group(journal, backlog, loop) if sync else Direct(journal, backlog, loop)
        return cls(folder, journal, scribe, backlog, writer, flood_seconds=flood_seconds)

    @property
    def healthy(self) -> bool:
        """Whether the last attempt to write succeeded."""
        return not self._backlog.why

    @property
    def detail(self) -> str:
        """Why the ledger is not healthy; empty when it is."""
        return self._backlog.why

    @property
    def head(self) -> Head:
        """The last kept record's number and hash. Kept elsewhere, it is the anchor that shows a cut-off end."""
        return self._journal.head

    @property
    def policy(self) -> str:
        """The name (a digest) of the configuration in force: every record of a message carries it."""
        return self._scribe.policy

    @policy.setter
    def policy(self, digest: str) -> None:
        self._scribe.policy = digest[:16]

    async def intent(self, exchange: Exchange, trail: Trail) -> None:
        """Return when the record is kept; raise `LedgerError` when it is not: then nothing may be sent.

        Cancelled while it waits for the device, it still leaves a whole story: the intent, and an outcome saying that
        nothing was sent.
        """
        if self._closed:
            raise LedgerError("the ledger is closed")
        try:
            await self._writer.keep(self._scribe.intent(exchange, trail))
        except asyncio.CancelledError:
            self.outcome(exchange, status="aborted", detail="the client left before anything was sent")
            raise

    def take_intent(self, exchange: Exchange, trail: Trail, waiting: Waiting, like: object = None) -> None:
        """`intent()` for whoever is called back: an outcome must follow, also when nobody is there any more by then.

        `like` is one object for exchanges whose records are alike: see `Scribe.intent`.
        """
        if self._closed:
            raise LedgerError("the ledger is closed")
        self._writer.take(self._scribe.intent(exchange, trail, like), waiting)

    def outcome(
        self,
        exchange: Exchange,
        *,
        status: str,
        detail: str = "",
        trail: Trail = (),
        sent_bytes: int = 0,
        duration: float = 0.0,
    ) -> None:
        """Record how an exchange ended. `duration` is in seconds.

        Never raises for the disk's sake, for what happened cannot be undone: the record waits in memory (bounded) while
        the disk refuses it. It is in the kernel at the latest when the event loop's turn ends.
        """
        if self._closed:
            telemetry.warning("ledger.closed", lost=1)
            return
        self._writer.put(
            self._scribe.outcome(
                exchange, status=status, detail=detail, trail=trail, sent_bytes=sent_bytes, duration=duration
            )
        )

    async def refusal(self, exchange: Exchange, deny: Deny, trail: Trail = ()) -> None:
        """Record a message that was not sent. In the kernel on return (`write`), or on its way (`fsync`).

        Never raises for the disk's sake: a refused message stays refused. Works with `UNREAD` requests. A flood is
        counted, and told in one event a second: strangers must not be able to fill the disk.
        """
        if deny.reason.kind is Kind.FLOOD:
            self._count_flood(exchange.channel.peer)
            return
        self._put(self._scribe.refusal(exchange, deny, trail), at_once=True)

    async def event(self, kind: str, **fields: str | int) -> None:
        """Record something about the gateway: a reload, a changed token file. Never raises for the disk's sake."""
        self._put(self._scribe.event(kind, fields), at_once=True)

    @property
    def key(self) -> str:
        """The public name of the key that records are made with."""
        return self._journal.key

    def made_with(self, key: bytes) -> bool:
        """Whether records are made with this key now."""
        return self._journal.key == key_id(key)

    async def change_key(self, key: bytes) -> None:
        """Go on under another configured key, named by the old one's last record. Raises `LedgerError`: then not.

        What was begun before may stand after the change, with digests of values that the old key made.
        """
        checked(key, "the ledger's key")
        await self._writer.hand_over(Seal(chain=Chain(key), key=key_id(key), kept="configured"))
        self._scribe.change_key(key)

    async def close(self) -> None:
        """Write what waits and a `stop` event, and let go. Later records are lost, which is logged."""
        if self._closed:
            return
        self._tell_flood()
        self._put(self._scribe.event("stop", {}))
        self._closed = True
        if await self._writer.close():
            self._journal.close()
            self._folder.close()

    def _count_flood(self, peer: str) -> None:
        self._flood += 1
        self._flood_peer = peer
        if self._flood_timer is None:
            self._flood_timer = asyncio.get_running_loop().call_later(self._flood_seconds, self._tell_flood)

    def _tell_flood(self) -> None:
        """Write how many requests were refused since the last time, and from where the last one came."""
        if self._flood_timer is not None:
            self._flood_timer.cancel()
            self._flood_timer = None
        if self._flood:
            self._put(self._scribe.event("flood", {"refused": self._flood, "peer": self._flood_peer}))
            self._flood = 0

    def _put(self, body: bytes, *, at_once: bool = False) -> None:
        if self._closed:
            telemetry.warning("ledger.closed", lost=1)
        else:
            self._writer.put(body, at_once=at_once)


def _warn(path: Path, found: Found) -> None:
    for file, left in found.torn:
        telemetry.warning("ledger.torn", ledger=str(path), file=file, offset=left.offset, bytes=left.bytes)
    for file, left in found.damaged:
        telemetry.warning("ledger.damaged", ledger=str(path), file=file, offset=left.offset, bytes=left.bytes)
