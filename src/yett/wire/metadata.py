"""Asks the fixed addresses where clouds keep their machines' identities, and nothing else.

`wire.fetch` never dials them: whoever could choose an address would have the machine's credentials. Here nobody can.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from yett.core.ask import Answer, Ask
from yett.errors import AskError, ConfigError, PeerError, UpstreamError
from yett.wire.address import address
from yett.wire.client import Pool, Timeouts

HOSTS: Final = frozenset({"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23"})
"""AWS EC2, Azure and Google; ECS; EKS Pod Identity; and the first and last of these over IPv6."""

_SECONDS: Final = 3.0
"""These are a hop away, or not there."""


class Metadata:
    """An `Asker` for `hosts`, over plain HTTP: the only way they speak."""

    def __init__(self, hosts: Collection[str] = HOSTS) -> None:
        self._hosts = hosts

    async def __call__(self, ask: Ask) -> Answer:
        """Ask once, over a connection of its own. Raises `AskError`."""
        try:
            where = address(ask.url)
        except ConfigError as error:
            raise AskError(str(error)) from error
        if where.origin.scheme != "http" or where.origin.host not in self._hosts:
            raise AskError(f"`{where.origin}` is not where a cloud keeps its machines' identities")
        pool = Pool(where.origin, timeouts=Timeouts(connect=_SECONDS, first_byte=_SECONDS, idle=_SECONDS), max_idle=0)
        try:
            headers = [(name.encode("ascii"), value.encode("ascii")) for name, value in ask.headers]
            async with (
                asyncio.timeout(_SECONDS),
                pool.request(ask.method.encode(), where.path, headers, ask.body) as response,
            ):
                body = await response.read(ask.limit)
                return Answer(status=response.status, headers=response.headers, body=body)
        except TimeoutError:
            raise AskError(f"`{where.origin}` did not answer within {_SECONDS:g} s") from None
        except ValueError:
            raise AskError(f"a question to `{where.origin}` holds what cannot be sent") from None
        except (UpstreamError, PeerError) as error:
            raise AskError(f"`{where.origin}`: {error}") from error
        finally:
            await pool.close()
