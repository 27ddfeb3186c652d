"""The writer: appends batches of records to segments, and holds the state of the chain. One caller at a time.

A batch is kept whole or not at all. After any failure the segment is given up for good: what the kernel did with its
pages is unknown then (after a failed fsync it may call them clean), so nothing is written to it or synced again. The
next batch begins a new segment, whose first record says where the old one ends.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
from collections.abc import Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from yett.ledger.chain import Chain, Head
from yett.ledger.folder import Folder
from yett.ledger.record import Damaged, KeyChange, Previous, SegmentStart, Torn
from yett.ledger.recovery import Found
from yett.ledger.scribe import Scribe

FORMAT: Final = 1
SEGMENT_BYTES: Final = 64 * 1024 * 1024
SEGMENT_SECONDS: Final = 24 * 3600.0
_LOOK_SECONDS: Final = 1.0
"""How often the open file is compared with its name: a rename, a cut or a foreign write is seen within this time."""


class Seal(Struct, frozen=True, kw_only=True):
    """The key of a journal's segments: the chain it makes, its public name, and where it is kept.

    `succeeds` names the key that has handed over to it.
    """

    chain: Chain
    key: str
    kept: str
    succeeds: str = ""


class Journal:
    """Appends to the ledger in `folder`, from where `found` left it. `sync` waits for the device with every batch."""

    def __init__(
        self,
        folder: Folder,
        found: Found,
        seal: Seal,
        scribe: Scribe,
        *,
        sync: bool,
        segment_bytes: int = SEGMENT_BYTES,
        segment_seconds: float = SEGMENT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.head: Head = found.head
        self._folder = folder
        self._found = found
        self._seal = seal
        self._scribe = scribe
        self._sync = sync
        self._segment_bytes = segment_bytes
        self._segment_seconds = segment_seconds
        self._clock = clock
        self._previous: Previous | None = found.previous
        self._abandoned = ""
        self._file = -1
        self._name = ""
        self._size = 0
        self._begun = 0.0
        self._next_look = 0.0

    def append(self, bodies: list[bytes]) -> None:
        """Keep encoded records, all or none. Raises `OSError`: then only the open segment is lost."""
        now = self._clock()
        if self._file >= 0:
            if now >= self._next_look:
                self._look(now)
            if self._size < self._segment_bytes and now - self._begun < self._segment_seconds:
                lines, head = self._seal.chain.seal(bodies, self.head)
                self._put(lines)
                self.head = head
                return
            self._leave("")
        self._begin(bodies, now)

    @property
    def key(self) -> str:
        """The public name of the key in use."""
        return self._seal.key

    def hand_over(self, seal: Seal) -> None:
        """Say with the old key which one follows, and end the segment. Raises `OSError`: then the old key goes on."""
        if seal.key == self._seal.key:
            return
        change = KeyChange(**self._scribe.now(), key=self._seal.key, following=seal.key)
        self.append([self._scribe.write(change)])
        self._leave("")
        self._seal = replace(seal, succeeds=self._seal.key)

    def close(self) -> None:
        """Let go of the open segment; it is whole."""
        if self._file >= 0:
            self._leave("")

    def _begin(self, bodies: list[bytes], now: float) -> None:
        """Open a new segment with its first record, what recovery found, and the batch, in one write."""
        instance = os.urandom(4).hex()
        lines, head = self._seal.chain.seal([*self._opening(instance), *bodies], self.head)
        name = f"{self.head.sequence + 1:015d}-{instance}.jsonl"
        self._file = self._folder.create(name)
        self._name, self._size, self._begun, self._next_look = name, 0, now, now + _LOOK_SECONDS
        self._put(lines)
        self.head = head
        self._abandoned = ""
        self._seal = replace(self._seal, succeeds="")
        self._found = Found()

    def _opening(self, instance: str) -> list[bytes]:
        scribe = self._scribe
        start = SegmentStart(
            **scribe.now(),
            format=FORMAT,
            instance=instance,
            host=socket.gethostname()[:64],
            pid=os.getpid(),
            key=self._seal.key,
            key_kept=self._seal.kept,
            succeeds=self._seal.succeeds,
            previous=self._previous,
            abandoned=self._abandoned,
        )
        return [scribe.write(start), *self._left_behind()]

    def _left_behind(self) -> list[bytes]:
        """What recovery found behind the last record: written down once, in the first segment after it."""
        scribe = self._scribe
        torn = [
            Torn(**scribe.now(), file=file, offset=left.offset, bytes=left.bytes, sha256=left.sha256)
            for file, left in self._found.torn
        ]
        damaged = [
            Damaged(**scribe.now(), file=file, offset=left.offset, bytes=left.bytes, sha256=left.sha256)
            for file, left in self._found.damaged
        ]
        return [scribe.write(record) for record in (*torn, *damaged)]

    def _put(self, lines: bytes) -> None:
        """Write all of it and, where asked, wait for the device. On failure take it back and give the segment up."""
        try:
            taken = self._folder.write(self._file, lines)
            if taken < len(lines):
                self._write(lines[taken:])
            if self._sync:
                self._folder.sync(self._file)
                if self._size == 0:
                    self._folder.sync_names()
        except OSError as error:
            self._give_up(error.strerror or type(error).__name__)
            raise
        self._size += len(lines)

    def _write(self, lines: bytes) -> None:
        """The rest of a short write. A nearly full disk takes a part; asking again tells why."""
        while lines:
            taken = self._folder.write(self._file, lines)
            if taken <= 0:
                raise OSError(errno.EIO, "the kernel took no more bytes")
            lines = lines[taken:]

    def _look(self, now: float) -> None:
        """See whether somebody renamed, cut or wrote our file (logrotate does all three)."""
        self._next_look = now + _LOOK_SECONDS
        if not self._folder.is_still(self._name, self._file, self._size):
            why = "somebody else renamed, cut or wrote the ledger's file"
            self._leave(why)
            raise OSError(errno.ESTALE, why)

    def _give_up(self, why: str) -> None:
        with contextlib.suppress(OSError):
            self._folder.cut(self._file, self._size)
        if self._size == 0:
            # Nothing in this file was ever acknowledged: it leaves no trace, and the one before stays the last.
            with contextlib.suppress(OSError):
                self._folder.remove(self._name)
            self._shut()
        else:
            self._leave(why)

    def _leave(self, abandoned: str) -> None:
        self._previous = Previous(file=self._name, bytes=self._size)
        self._abandoned = abandoned
        self._shut()

    def _shut(self) -> None:
        with contextlib.suppress(OSError):
            self._folder.shut(self._file)
        self._file = -1
