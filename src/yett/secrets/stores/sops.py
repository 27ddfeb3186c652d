"""Files encrypted with SOPS. Its program decrypts them: keys stay where it finds them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from yett.errors import SecretError
from yett.secrets.store import ANSWER_BYTES, Plain, Reading

_PASSED_ON: Final = ("PATH", "HOME", "GNUPGHOME", "XDG_CONFIG_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PREFIXES: Final = ("SOPS_", "AWS_", "GOOGLE_", "AZURE_", "VAULT_")
_FIELDS: Final = 10_000
_PIECE: Final = 65_536


class Sops(Plain):
    """Documents as paths; relative ones start at `folder`. Fields are the texts in it: `a.b` for `b` within `a`."""

    def __init__(self, program: Path, folder: Path, environment: Mapping[str, str], *, seconds: float = 20.0) -> None:
        self._program = program
        self._folder = folder
        self._seconds = seconds
        # It needs the key, and whatever its key service needs; no other secret of the gateway's.
        self._environment = {
            name: value for name, value in environment.items() if name in _PASSED_ON or name.startswith(_PREFIXES)
        }

    async def read(self, name: str) -> Reading:
        """Decrypt a whole document. Nothing of it is written anywhere."""
        path = self._folder / name
        if not path.is_file():
            raise SecretError(f"no such file: `{path}`")
        try:
            async with asyncio.timeout(self._seconds):
                output = await self._decrypted(path)
        except TimeoutError:
            raise SecretError(f"`{self._program}` did not decrypt `{path}` within {self._seconds:g} s") from None
        try:
            document = msgspec.json.decode(output)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise SecretError(f"`{self._program}` wrote something that is not JSON") from None
        return Reading(fields=dict(_texts(document)))

    async def _decrypted(self, path: Path) -> bytes:
        try:
            process = await asyncio.create_subprocess_exec(
                *(str(self._program), "--decrypt", "--output-type", "json", str(path)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                # Not read: it may quote what it decrypts.
                stderr=asyncio.subprocess.DEVNULL,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            raise SecretError(
                f"cannot start `{self._program}`: {(error.strerror or 'unknown error').lower()}; "
                "install sops, or name it in `secrets.sops.command`"
            ) from None
        output = b""
        try:
            while process.stdout is not None and (piece := await process.stdout.read(_PIECE)):
                output += piece
                if len(output) > ANSWER_BYTES:
                    raise SecretError(f"`{path}` is larger than {ANSWER_BYTES // 1024} KiB")
            status = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if status:
            raise SecretError(f"`{self._program}` cannot decrypt `{path}` (status {status}): try it by hand")
        return output


def _texts(document: Any) -> list[tuple[str, str]]:
    """Every text in a document, under its keys joined by dots; positions in lists are keys."""
    found: list[tuple[str, str]] = []
    pending: list[tuple[str, Any]] = [("", document)]
    while pending and len(found) < _FIELDS:
        name, value = pending.pop()
        if isinstance(value, str):
            found.append((name, value))
        below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        pending += [(f"{name}.{key}" if name else str(key), item) for key, item in below]
    return found
