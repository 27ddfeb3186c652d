"""The keyring of the desktop or the machine. The only importer of the library `keyring`, an extra."""

from __future__ import annotations

import asyncio
from typing import Any

from yett.errors import SecretError
from yett.secrets.store import WHOLE, Plain, Reading


class Keyring(Plain):
    """Secrets as `service/user`. `backend` has `get_password(service, user)`; without one: the library's choice."""

    def __init__(self, backend: Any = None) -> None:
        self._backend = backend

    async def read(self, name: str) -> Reading:
        """Read one secret. The library blocks (and may ask the user to unlock), so it has a thread."""
        service, _, user = name.rpartition("/")
        value = await asyncio.to_thread(self._password, service, user)
        if value is None:
            raise SecretError(f"the keyring has no secret of `{user}` for `{service}`")
        return Reading(fields={WHOLE: value})

    def _password(self, service: str, user: str) -> str | None:
        try:
            import keyring
            from keyring.errors import KeyringError
        except ImportError:
            raise SecretError("the library `keyring` is missing: install `yett[keyring]`") from None
        try:
            value = (self._backend or keyring).get_password(service, user)
        except KeyringError as error:
            raise SecretError(f"the keyring cannot be read: {type(error).__name__}") from None
        return value if isinstance(value, str) else None
