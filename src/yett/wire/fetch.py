"""Asks servers that the config names, and only where they really are: https, no redirects, checked addresses, bounds.

A name is looked up once for every new connection, every address it has is judged (`detect.addresses`), and what was
judged is what is dialled: a name that changes its mind in between gains nothing.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeAlias

from yett.core.ask import Answer, Ask
from yett.detect import addresses
from yett.errors import AskError, ConfigError, PeerError, UpstreamError, UpstreamUnavailable
from yett.wire.address import Address, address
from yett.wire.client import Origin, Pool, Timeouts

LookUp: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host and a port to all its addresses; raises `OSError`."""

AT_ONCE: Final = 256
"""Questions under way. Who asks is bounded too; this is for all of them together."""

ORIGINS: Final = 64
"""Different servers that one config can make us ask."""

_CONNECTIONS: Final = 16
"""To one of them."""

_THREADS: Final = 2
"""For looking names up: own ones, so that slow DNS holds up nothing else that needs a thread."""

_LOOPBACK: Final = (addresses.network("127.0.0.0/8"), addresses.network("::1/128"))


class Fetch:
    """An `Asker` over the wire's client.

    `allowed` are networks that may be dialled although they are not public; link-local addresses (where clouds keep
    their metadata) never are. `unsafe_allow_loopback` allows this machine, and plain `http` to it and to it alone.
    """

    def __init__(
        self,
        tls: ssl.SSLContext,
        *,
        allowed: Sequence[addresses.Network] = (),
        unsafe_allow_loopback: bool = False,
        look_up: LookUp | None = None,
    ) -> None:
        self._tls = tls
        self._allowed = (*allowed, *_LOOPBACK) if unsafe_allow_loopback else tuple(allowed)
        self._plain = unsafe_allow_loopback
        self._look_up = look_up or self._system
        self._threads: ThreadPoolExecutor | None = None
        self._pools: dict[Origin, Pool] = {}
        self._running = 0
        self._closed = False

    async def __call__(self, ask: Ask) -> Answer:
        """Ask once, and read the whole answer. Raises `AskError`."""
        if self._running >= AT_ONCE:
            raise AskError(f"more than {AT_ONCE} questions at once")
        self._running += 1
        try:
            where = self._address(ask.url)
            async with asyncio.timeout(ask.seconds):
                return await self._asked(ask, where)
        except TimeoutError:
            raise AskError(f"`{_shown(ask.url)}` did not answer within {ask.seconds:g} s") from None
        except (UpstreamError, PeerError) as error:
            raise AskError(f"`{_shown(ask.url)}`: {error}") from error
        finally:
            self._running -= 1

    async def close(self) -> None:
        """End every connection; questions under way fail."""
        self._closed = True
        pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            await pool.close()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _address(self, url: str) -> Address:
        try:
            where = address(url)
        except ConfigError as error:
            raise AskError(str(error)) from error
        if where.origin.scheme != "https" and not self._plain:
            raise AskError(f"`{_shown(url)}` is not `https`")
        return where

    async def _asked(self, ask: Ask, where: Address) -> Answer:
        try:
            headers = [(name.encode("ascii"), value.encode("ascii")) for name, value in ask.headers]
            call = self._pool(where.origin, ask.seconds).request(ask.method.encode(), where.path, headers, ask.body)
        except ValueError:  # neither it nor what it quotes: a header may hold a credential
            raise AskError(f"a question to `{_shown(ask.url)}` holds what cannot be sent") from None
        async with call as response:
            body = await response.read(ask.limit)
            return Answer(status=response.status, headers=response.headers, body=body)

    def _pool(self, origin: Origin, seconds: float) -> Pool:
        if self._closed:
            raise AskError(f"`{origin}` is not asked any more: the config changed, or the gateway is ending")
        pool = self._pools.get(origin)
        if pool is None:
            if len(self._pools) >= ORIGINS:
                raise AskError(f"more than {ORIGINS} different servers to ask")
            tls = self._tls if origin.scheme == "https" else None
            pool = self._pools[origin] = Pool(
                origin,
                tls=tls,
                timeouts=Timeouts(connect=seconds, first_byte=seconds, idle=seconds),
                max_connections=_CONNECTIONS,
                max_idle=_CONNECTIONS,
                max_waiting=AT_ONCE,
                resolve=self._checked if tls is not None else self._own_machine,
            )
        return pool

    async def _checked(self, host: str, port: int) -> Sequence[str]:
        """All addresses of a host, each one judged: one bad address among good ones is an attack, not a choice."""
        return await self._judged(host, port, self._allowed, "list it under `allow_addresses` if it is meant")

    async def _own_machine(self, host: str, port: int) -> Sequence[str]:
        found = await self._judged(host, port, _LOOPBACK, "plain `http` goes to this machine alone")
        if not all(addresses.kind(one) == "loopback" for one in found):
            raise UpstreamUnavailable(f"`{host}` is not this machine: plain `http` goes nowhere else")
        return found

    async def _judged(self, host: str, port: int, allowed: Sequence[addresses.Network], fix: str) -> Sequence[str]:
        try:
            found = await self._look_up(host, port)
        except (OSError, UnicodeError) as error:
            raise UpstreamUnavailable(f"`{host}` cannot be looked up: {_words(error)}") from error
        for one in found:
            if refused := addresses.refusal(one, allowed):
                raise UpstreamUnavailable(f"`{host}` is {refused}: {fix}")
        if not found:
            raise UpstreamUnavailable(f"`{host}` has no address")
        return found

    async def _system(self, host: str, port: int) -> Sequence[str]:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="look-up")
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _look_up, host, port)
        return list(dict.fromkeys(found))


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(place[0]) for *_, place in found]


def _words(error: OSError | UnicodeError) -> str:
    return "not a host name" if isinstance(error, UnicodeError) else (error.strerror or "no answer").lower()


def _shown(url: str) -> str:
    """A URL without its query, which may hold a credential."""
    return url.partition("?")[0]
