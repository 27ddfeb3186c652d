"""What every store of secrets is: a small protocol, the values that cross it, and how an answer is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct

from yett.core.ask import Answer, Ask, Asker
from yett.errors import AskError, SecretError

ANSWER_BYTES: Final = 1024 * 1024
"""A store's whole answer. Vault's own limit for one secret is 1 MiB by default; most hold a few hundred bytes."""

WHOLE: Final = ""
"""The field under which a secret without fields stands."""


class Lease(Struct, frozen=True, kw_only=True):
    """How long a value holds by the word of its store, in seconds, and whether that can be made longer.

    `holder` numbers the sign-in that it was given to: it ends with it.
    """

    id: str
    seconds: float
    renewable: bool = False
    holder: int = 0


class Reading(Struct, frozen=True, kw_only=True):
    """What a store answered: the secret's fields as text, and which version of it that is (empty: it does not say)."""

    fields: Mapping[str, str]
    version: str = ""
    lease: Lease | None = None

    def __repr__(self) -> str:
        return f"Reading({len(self.fields)} fields, version {self.version or 'unknown'})"


class Store(Protocol):
    """One place where secrets are kept. Every method may raise `SecretError`, and nothing else."""

    async def read(self, name: str) -> Reading:
        """Read a secret."""
        ...

    async def renew(self, lease: Lease) -> Lease:
        """Make a lease longer. Only for leases that said they were renewable."""
        ...

    async def tend(self) -> None:
        """Keep the sign-in alive. Called about once a second; does something only when it is time."""
        ...

    async def close(self) -> None:
        """Give back what the store handed out on our account."""
        ...


class Plain:
    """A store without leases and sign-in, for others to build on."""

    async def renew(self, lease: Lease) -> Lease:
        """Refuse: there are no leases."""
        raise SecretError(f"there is no lease `{lease.id}` here")

    async def tend(self) -> None:
        """Nothing to keep alive."""

    async def close(self) -> None:
        """Nothing to give back."""


async def asked(asker: Asker, ask: Ask) -> Answer:
    """Ask a store. Raises `SecretError` where there is no answer."""
    try:
        return await asker(ask)
    except AskError as error:
        raise SecretError(str(error)) from None


def json_object(body: bytes, who: str) -> dict[str, Any]:
    """A store's answer as JSON. Raises `SecretError` for anything but an object."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SecretError(f"{who} answered with something that is not JSON") from None
    if not isinstance(found, dict):
        raise SecretError(f"{who} answered with something that is not a JSON object")
    return found


def fields_of(whole: str) -> dict[str, str]:
    """The fields of a secret that is one text: the text itself, and the members of the JSON object that it may be."""
    fields = {WHOLE: whole}
    try:
        found = msgspec.json.decode(whole)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return fields
    if isinstance(found, dict):
        fields |= {key: value for key, value in found.items() if key and isinstance(value, str)}
    return fields
