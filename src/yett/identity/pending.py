"""The third answer to who is calling, beside somebody and nobody: ask again once something was looked up."""

from __future__ import annotations

import asyncio
from typing import Final, final

from msgspec import Struct

ROUNDS: Final = 3
"""How often one request is told to ask again: for the issuer's metadata, its keys, the token itself."""


@final
class Pending(Struct, frozen=True, eq=False, kw_only=True):
    """`what` is being looked up by a task that belongs to identity, and ends in bounded time whoever waits for it."""

    what: str
    done: asyncio.Future[None]

    async def wait(self) -> None:
        """Return when it is worth asking again. Who stops waiting ends nothing for the others."""
        await asyncio.wait([self.done])
