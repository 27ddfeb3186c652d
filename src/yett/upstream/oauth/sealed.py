"""A table on disk whose rows nobody can read, move or exchange without the key: AES-256-GCM under blinded names."""

from __future__ import annotations

import asyncio
import hmac
import os
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from yett.errors import SecretError, StoreError
from yett.secrets.secret import Secret
from yett.upstream.oauth.turns import Turn

_NONCE: Final = 12
_ROW_BYTES: Final = 64 * 1024
_WAIT_SECONDS: Final = 5.0
_TURNS: Final = 256
_PUT: Final = "INSERT OR REPLACE INTO sealed (name, value) VALUES (?, ?)"
_DELETE: Final = "DELETE FROM sealed WHERE name = ?"
_TABLE: Final = "CREATE TABLE IF NOT EXISTS sealed (name BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"


class Sealed:
    """Texts by names. What was sealed under another key, or was changed, is as if it were not there.

    Every method raises `StoreError` where the file cannot be used, or the key is not to be had.
    """

    def __init__(self, path: Path, key: Secret) -> None:
        self._path = path
        self._key = key

    async def get(self, *name: str) -> bytes | None:
        """What was kept under a name."""
        return await asyncio.to_thread(self._get, name)

    async def put(self, *name: str, value: bytes) -> None:
        """Keep a value."""
        await _whole(lambda: self._put(name, value))

    async def delete(self, *name: str) -> None:
        """Keep nothing under this name any more."""
        await _whole(lambda: self._delete(name))

    async def make_room(self) -> None:
        """Have room for one more value: what cannot be got again is asked for only where it can be kept."""
        await _whole(self._make_room)

    async def turn(self, *name: str) -> Turn:
        """The right to change what is kept under a name, to be entered: one at a time, among all processes.

        Names share a few turns, so that their files do not grow in number; to meet is only to wait.
        """
        slot = (await asyncio.to_thread(self._tools, name))[0][0] % _TURNS
        return Turn(self._path.with_name(f"{self._path.name}.turns") / f"{slot:02x}")

    def _get(self, name: tuple[str, ...]) -> bytes | None:
        from cryptography.exceptions import InvalidTag

        blind, cipher = self._tools(name)
        with closing(self._open()) as table:
            try:
                row = table.execute("SELECT value FROM sealed WHERE name = ?", (blind,)).fetchone()
            except sqlite3.Error as error:
                raise self._broken(error) from None
        if row is None:
            return None
        try:
            # The name is bound to the value: rows cannot change places.
            return bytes(cipher.decrypt(row[0][:_NONCE], row[0][_NONCE:], blind))
        except (InvalidTag, ValueError, TypeError):
            return None

    def _put(self, name: tuple[str, ...], value: bytes) -> None:
        if len(value) > _ROW_BYTES:
            raise StoreError(f"what is to be kept is larger than {_ROW_BYTES // 1024} KiB")
        blind, cipher = self._tools(name)
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + cipher.encrypt(nonce, value, blind)
        self._change(_PUT, (blind, sealed))

    def _delete(self, name: tuple[str, ...]) -> None:
        self._change(_DELETE, (self._tools(name)[0],))

    def _make_room(self) -> None:
        name = self._tools(("room", secrets.token_hex(_NONCE)))[0]
        self._change(_PUT, (name, bytes(_ROW_BYTES)))
        # The pages stay with the file, free for what is put next.
        self._change(_DELETE, (name,))

    def _change(self, statement: str, values: tuple[bytes, ...]) -> None:
        with closing(self._open()) as table:
            try:
                with table:
                    table.execute(statement, values)
            except sqlite3.Error as error:
                raise self._broken(error) from None

    def _open(self) -> sqlite3.Connection:
        try:
            # Made with its mode, before SQLite would make it with another one.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
            table = sqlite3.connect(self._path, timeout=_WAIT_SECONDS)
            table.execute(_TABLE)
        except (OSError, sqlite3.Error) as error:
            raise self._broken(error) from None
        return table

    def _tools(self, name: tuple[str, ...]):  # type: ignore[no-untyped-def]  # noqa: ANN202 - the library is loaded late
        """A name that says nothing, and the cipher: two keys made of one (RFC 5869)."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        try:
            key = self._key.reveal().encode()
        except SecretError as error:
            raise StoreError(str(error)) from None
        made = HKDF(algorithm=SHA256(), length=64, salt=None, info=b"yett connections 1").derive(key)
        # Lengths first: ("a", "bc") is not ("ab", "c").
        spelt = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in name)
        return hmac.digest(made[:32], spelt, "sha256"), AESGCM(made[32:])

    def _broken(self, error: OSError | sqlite3.Error) -> StoreError:
        why = (error.strerror or "unknown error").lower() if isinstance(error, OSError) else str(error)
        return StoreError(f"the connections in `{self._path}` cannot be used: {why}; see to its space and its rights")


async def _whole(work: Callable[[], None]) -> None:
    """Do it in a thread, to its end: who is cancelled meanwhile goes when it is done, and leaves his turn then."""
    working = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait({working})
        raise
