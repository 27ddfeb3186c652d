"""Proves that a ledger is whole: reads it as a stranger's file, in bounded memory, and names the first bad record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

from yett.errors import LedgerError
from yett.ledger.chain import MAX_LINE, Chain, Head, read_frame
from yett.ledger.folder import segment_names
from yett.ledger.glance import Glance, glanced
from yett.ledger.key import KEY_FILE, read_key
from yett.ledger.mac import key_id
from yett.ledger.reading import Line, Rest, lines, opened, rest
from yett.ledger.record import Previous
from yett.ledger.succession import HANDED_OVER, Succession

_CLOCK_STEP: Final = 1.0
"""Seconds that a clock may go back without a note: what time synchronisation does every day."""

_RETIRED: Final = (
    "the ledger ends under an older key: records made with the present one were removed, or none was made so far"
)

_NOTES: Final = 50
"""Notes kept; of more, only their number."""


class Problem(Struct, frozen=True, kw_only=True):
    """The first bad record: `line` counts from 1, `sequence` is the number that should have stood there."""

    file: str
    line: int
    sequence: int
    why: str


class Verification(Struct, frozen=True, kw_only=True):
    """What was found. `notes` are things to know that do not break the chain; `unread` counts notes left out."""

    records: int
    segments: int
    head: Head
    problem: Problem | None = None
    notes: tuple[str, ...] = ()
    unread: int = 0

    @property
    def ok(self) -> bool:
        """Whether every record is there, true and in its place."""
        return self.problem is None


class _GivenUp(Struct, frozen=True, kw_only=True):
    """What a segment's successor says of it: where its last kept record ends, and why it was left there."""

    end: int
    why: str


class _Bad(Exception):
    """The way out of the reading loops: the first bad record was found."""

    def __init__(self, why: str, *, file: str, line: int) -> None:
        super().__init__(why)
        self.file = file
        self.line = line


def verify(
    path: Path, key: bytes | None = None, *, older: Sequence[bytes] = (), anchor: Head | None = None
) -> Verification:
    """Check the ledger in the folder `path`.

    Without a `key`, the one kept in the folder is used. `older` are keys that earlier segments were made with: the last
    segment must have been made with `key`. `anchor` is a head that was noted down elsewhere: that very record must be
    there. Raises `LedgerError` where nothing can be checked: no folder, no segment, no key.
    """
    if not path.is_dir():
        raise LedgerError(f"there is no ledger at `{path}`")
    names = segment_names(path)
    if not names:
        raise LedgerError(f"there is no ledger in `{path}`: no segment file")
    if key is None:
        if not (path / KEY_FILE).exists():
            raise LedgerError(f"the ledger in `{path}` keeps its key elsewhere: name the file with `--key-file`")
        key = read_key(path / KEY_FILE)
    return _Reader(path, names, (key, *older), anchor).read()


class _Reader:
    """Reads all segments once. What it remembers does not grow with the ledger."""

    def __init__(self, path: Path, names: list[str], keys: Sequence[bytes], anchor: Head | None) -> None:
        self._path = path
        self._names = names
        self._chains = {key_id(key): Chain(key) for key in keys}
        self._newest = key_id(keys[0])
        self._succession = Succession()
        self._anchor = anchor
        self._head = Head()
        self._records = 0
        self._notes: list[str] = []
        self._unread = 0
        self._file = ""
        self._line = 0
        self._end = 0
        self._before: Previous | None = None
        self._chain: Chain | None = None
        self._at: datetime | None = None
        self._clock = 0.0
        self._owed: tuple[str, int, Rest] | None = None

    def read(self) -> Verification:
        problem = None
        try:
            for name, following in zip(self._names, [*self._names[1:], ""], strict=True):
                self._segment(name, following)
            if self._owed is not None:
                raise self._bad("bytes after the last record that no `torn` record speaks of", file=self._owed[0])
            if self._succession.current not in ("", self._newest):
                raise self._bad(_RETIRED, line=self._line + 1)
            if self._anchor is not None and self._anchor.sequence > self._head.sequence:
                raise self._bad("the end was cut off: the anchor's record is not there", line=self._line + 1)
        except _Bad as bad:
            sequence = self._head.sequence + 1
            problem = Problem(file=bad.file, line=bad.line, sequence=sequence, why=str(bad))
        return Verification(
            records=self._records,
            segments=len(self._names),
            head=self._head,
            problem=problem,
            notes=tuple(self._notes),
            unread=self._unread,
        )

    def _segment(self, name: str, following: str) -> None:
        self._file, self._line, self._end, self._chain = name, 0, 0, None
        given_up = self._given_up(name, following)
        try:
            file = opened(self._path / name)
        except LedgerError as error:
            raise self._bad(str(error)) from error
        with file:
            for line in lines(file):
                if not line.ended or (given_up is not None and line.offset >= given_up.end):
                    break
                self._line += 1
                self._record(line)
            left = rest(file, self._end)
            if given_up is None and left.bytes:
                self._unfinished(file, left, last=not following)
        if self._line == 0:
            self._note(f"`{name}` holds no record: a crash or a full disk at its beginning")
            return
        if given_up is not None:
            self._abandoned(given_up, left)
        self._before = Previous(file=name, bytes=self._end)

    def _record(self, line: Line) -> None:
        """Check one line against everything known before it."""
        sealed = read_frame(line.text)
        if sealed is None:
            raise self._bad("this is no record of a ledger")
        chain = self._chain or self._chain_of(line)
        expected = self._head.sequence + 1
        if not chain.genuine(line.text, sealed):
            raise self._bad("the record was edited, or was not made with the ledger's key")
        if sealed.sequence != expected:
            raise self._bad(f"record {sealed.sequence} stands here: records are missing, repeated or out of order")
        if sealed.previous != self._head.hash:
            raise self._bad("the record does not follow the one before it: it is from another history of the ledger")
        glance = glanced(line)
        if glance is None:
            raise self._bad("this is no record of a ledger")
        self._check_links(glance, expected)
        self._check_key(glance)
        if self._anchor is not None and self._anchor.sequence == expected and self._anchor.hash != sealed.hash:
            raise self._bad("the record is not the anchor's: the ledger was rolled back and written again")
        self._check_clock(glance)
        self._head = Head(sequence=sealed.sequence, hash=sealed.hash)
        self._records += 1
        self._end = line.offset + len(line.text) + 1

    def _chain_of(self, line: Line) -> Chain:
        """The chain that a segment's first record says it was made with."""
        glance = glanced(line)
        name = glance.key if glance is not None else ""
        found = self._chains.get(name)
        if found is None:
            why = f"the segment was made with another key (`{name[:16]}`): its key is needed (`--old-key-file`)"
            raise self._bad(why)
        self._chain = found
        return found

    def _check_links(self, glance: Glance, sequence: int) -> None:
        """A segment begins by naming the one before; a torn line is marked right after that."""
        if (glance.kind == "segment") != (self._line == 1):
            raise self._bad("a segment begins with a `segment` record, and has no other")
        if self._line == 1:
            if glance.previous != self._before:
                raise self._bad("the segment before it is missing, or does not end where it did")
            if not self._file.startswith(f"{sequence:015d}-{glance.instance}."):
                raise self._bad("the file was renamed")
            return
        if self._owed is None:
            return
        file, line, left = self._owed
        if glance.kind == "torn" and (glance.file, glance.offset, glance.bytes, glance.sha256) == (
            file,
            left.offset,
            left.bytes,
            left.sha256,
        ):
            self._note(f"`{file}` line {line}: a crash left {left.bytes} bytes of an unfinished record; it is marked")
            self._owed = None
        elif glance.kind not in ("torn", "damaged"):
            raise self._bad("bytes after the last record that no `torn` record speaks of", file=file, line=line)

    def _check_key(self, glance: Glance) -> None:
        """A key ends with the record that hands over to the next; nothing but that one's segment may follow."""
        keys = self._succession
        before, owed = keys.current, keys.owed
        if self._line == 1:
            wrong = keys.begins(glance.key, glance.succeeds)
            if not wrong and before not in ("", glance.key):
                how = "which says so itself" if owed else "at a start: the old one does not say so"
                self._note(f"`{self._file}`: the key `{glance.key}` takes over from `{before}`, {how}")
        elif owed:
            wrong = "a record stands behind the one that hands over to another key"
        else:
            wrong = keys.hands_over(glance.key, glance.following) if glance.kind == HANDED_OVER else ""
        if wrong:
            raise self._bad(wrong)

    def _check_clock(self, glance: Glance) -> None:
        """Wall time against monotonic time within a segment: records may be a little out of order, clocks may not."""
        if glance.at is None:
            raise self._bad("the record does not say when it was made")
        clock = glance.at.timestamp() - glance.mono / 1e9
        if self._at is not None:
            back = (self._at - glance.at).total_seconds() if self._line == 1 else self._clock - clock
            if back > _CLOCK_STEP:
                self._note(f"`{self._file}` line {self._line}: the clock was set back by {back:.0f} s")
        self._at, self._clock = glance.at, clock

    def _given_up(self, name: str, following: str) -> _GivenUp | None:
        """Where the next segment says that this one was given up, and why; `None` where it does not."""
        if not following:
            return None
        try:
            file = opened(self._path / following)
        except LedgerError:
            return None  # reported when its turn comes
        with file:
            line = next(lines(file), None)
        glance = glanced(line)
        if line is None or glance is None or not glance.abandoned or glance.previous is None:
            return None
        chain, sealed = self._chains.get(glance.key), read_frame(line.text)
        if chain is None or sealed is None or not chain.genuine(line.text, sealed) or glance.previous.file != name:
            return None
        return _GivenUp(end=glance.previous.bytes, why=glance.abandoned)

    def _abandoned(self, given_up: _GivenUp, left: Rest) -> None:
        if self._end != given_up.end:
            raise self._bad("the segment was cut off before the end that the next one names", line=self._line + 1)
        ignored = f"; {left.bytes} bytes behind it count for nothing" if left.bytes else ""
        self._note(f"`{self._file}` was given up after line {self._line}: {given_up.why}{ignored}")

    def _unfinished(self, file: BinaryIO, left: Rest, *, last: bool) -> None:
        """Bytes without a newline at the end: the beginning of a record that a crash cut short, or something else."""
        line = next(lines(file, left.offset), None)
        text = line.text if line is not None else b""
        whole = read_frame(text[:-1])
        if left.bytes > MAX_LINE or whole is not None:
            raise self._bad("the line does not end where a record ends", line=self._line + 1)
        if self._line == 0:
            return
        if last:
            where = f"`{self._file}` line {self._line + 1}"
            self._note(f"{where}: {left.bytes} bytes of an unfinished record; being written now, or left by a crash")
        else:
            self._owed = (self._file, self._line + 1, left)

    def _bad(self, why: str, *, file: str = "", line: int = 0) -> _Bad:
        return _Bad(why, file=file or self._file, line=line or self._line or 1)

    def _note(self, text: str) -> None:
        if len(self._notes) < _NOTES:
            self._notes.append(text)
        else:
            self._unread += 1
