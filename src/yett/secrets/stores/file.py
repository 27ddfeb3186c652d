"""Secret files that are read again when they change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from yett.errors import SecretError
from yett.secrets.files import Signature, read_file, signature
from yett.secrets.store import WHOLE, Plain, Reading


class Files(Plain):
    """Files below `folder`, which relative names start at; `mounts` as in `read_file`."""

    def __init__(self, folder: Path, mounts: Sequence[Path] = ()) -> None:
        self._folder = folder
        self._mounts = mounts
        self._known: dict[str, tuple[Signature, Reading]] = {}

    async def read(self, name: str) -> Reading:
        """The file's content. A file that is being written just now is an error: the next look will find it whole."""
        path = self._folder / name
        before = signature(path)
        known = self._known.get(name)
        if before is not None and known is not None and known[0] == before:
            return known[1]
        content = read_file(path, self._mounts)
        if signature(path) != before or before is None:
            raise SecretError(f"the secret file `{path}` is being changed")
        if not content:
            raise SecretError(f"the secret file `{path}` is empty")
        reading = Reading(fields={WHOLE: content})
        self._known[name] = (before, reading)
        return reading
