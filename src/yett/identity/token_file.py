"""The token file: tokens are added and taken out one by one, and nobody but its owner reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from yett.errors import StoreError
from yett.identity import token_yaml
from yett.identity.entry import Entry
from yett.identity.owner_file import MAX_BYTES, Mark, OwnerFile, Snapshot

__all__ = ["MAX_BYTES", "Mark", "Snapshot", "TokenFile"]


class TokenFile:
    """Reads and replaces one token file. Everything wrong with it is a `StoreError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = OwnerFile(path, "token file")

    def mark(self) -> Mark | None:
        """What the file looks like from outside; `None` when it is gone. One system call."""
        return self._file.mark()

    def snapshot(self) -> Snapshot:
        """The file's bytes, after checking that nobody else can read or write them."""
        return self._file.snapshot()

    def read(self) -> tuple[Entry, ...]:
        """The tokens; none where there is no file."""
        return self.entries(self.snapshot())

    def entries(self, snapshot: Snapshot) -> tuple[Entry, ...]:
        """The tokens of a snapshot."""
        return token_yaml.read(snapshot.content, str(self.path))

    def add(self, entry: Entry) -> None:
        """Put one more token into the file; makes the file where there is none."""

        def added(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
            if any(entry.id == other.id or entry.digest == other.digest for other in entries):
                raise StoreError(f"the token file `{self.path}` has a token `{entry.id}` already")
            return (*entries, entry)

        self._change(added)

    def revoke(self, which: str) -> tuple[Entry, ...]:
        """Take out the token with this id, or else all tokens of this user. What was taken out, in the file's order."""
        taken: list[Entry] = []

        def kept(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
            by_id = [entry for entry in entries if entry.id == which]
            taken.extend(by_id or [entry for entry in entries if entry.user == which])
            return tuple(entry for entry in entries if entry not in taken)

        self._change(kept)
        return tuple(taken)

    def _change(self, change: Callable[[tuple[Entry, ...]], tuple[Entry, ...]]) -> None:
        def rewritten(content: bytes) -> bytes:
            before = token_yaml.read(content, str(self.path))
            after = change(before)
            return content if after == before else token_yaml.write(after, as_json=self.path.suffix == ".json")

        self._file.change(rewritten)
