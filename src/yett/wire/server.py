"""The listening side: accepts connections within the caps, with or without TLS, and ends gracefully."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Final, TypeAlias

from yett import telemetry
from yett.errors import ConfigError
from yett.wire.client_trust import ClientTrust
from yett.wire.connection import Connection
from yett.wire.limits import ListenerLimits
from yett.wire.listener import Answerer, Listener, Rejected
from yett.wire.peers import network, plain
from yett.wire.responder import Responder
from yett.wire.tls import ReloadingTls

__all__ = ["Answerer", "ListenerLimits", "Rejected", "Responder", "Server"]

Tls: TypeAlias = ssl.SSLContext | ReloadingTls | None

_BACKLOG: Final = 1_024
_ACCEPTED_PER_TURN: Final = 64
_NO_CERTIFICATE: Final = "PEER_DID_NOT_RETURN_A_CERTIFICATE"
_SHUTDOWN_SECONDS: Final = 5.0
_FAREWELL_TURNS: Final = 100

# Out of descriptors or memory: accepting again at once would spin, because the connection stays in the queue.
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_REST_SECONDS: Final = 0.5


class Server:
    """Listens on any number of addresses and has every request answered by `answer`.

    `answer` and `limits` may be replaced while the server runs; what is under way goes on as it began.
    """

    def __init__(self, answer: Answerer, limits: ListenerLimits, on_reject: Rejected) -> None:
        self._listener = Listener(answer, limits, on_reject)
        self._doors: dict[socket.socket, Callable[[], ssl.SSLContext | None]] = {}
        self._arrivals: dict[asyncio.Task[None], socket.socket] = {}

    @property
    def answer(self) -> Answerer:
        """Who answers requests from now on."""
        return self._listener.answer

    @answer.setter
    def answer(self, answer: Answerer) -> None:
        self._listener.answer = answer

    @property
    def limits(self) -> ListenerLimits:
        """The bounds that hold from now on."""
        return self._listener.limits

    @limits.setter
    def limits(self, limits: ListenerLimits) -> None:
        self._listener.limits = limits

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return self._listener.peers.total

    async def start(self, host: str, port: int, tls: Tls = None) -> int:
        """Listen on every address of `host`; return the port (the chosen one when `port` is 0).

        Raises `ConfigError` when the address cannot be used.
        """
        loop = asyncio.get_running_loop()
        opened: list[socket.socket] = []
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            for family, _, _, _, address in dict.fromkeys(found):
                opened.append(_open(family, (address[0], port, *address[2:])))
                port = opened[-1].getsockname()[1]
        except (OSError, UnicodeError) as error:
            for door in opened:
                door.close()
            raise ConfigError(f"cannot listen on `{host}:{port}`: {_words(error)}") from error
        for door in opened:
            self._doors[door] = _contexts(tls)
            loop.add_reader(door, self._accept, door)
        return port

    async def drain(self, seconds: float) -> None:
        """Stop accepting, finish what is under way, tell clients to leave; end what is left after `seconds`."""
        listener = self._listener
        listener.draining = True
        # A busy connection's next request is on its way already: answering it with `Connection: close` loses nothing.
        listener.grace = min(1.0, seconds / 4)
        # Who stands in the queue is connected as far as they know: closing it would reset them, and their requests.
        for door in list(self._doors):
            for _ in range(_BACKLOG // _ACCEPTED_PER_TURN):
                self._accept(door)
        self._stop_accepting()
        for connection in _connections(listener):
            connection.drain()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        # Polled: it happens once in a server's life, and an event would be set up with every exchange.
        while (listener.peers.total or listener.exchanges) and loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(min(0.02, seconds / 10))
        await self.close()

    async def close(self) -> None:
        """End everything now; nothing of this server runs after this call."""
        self._stop_accepting()
        self._listener.closed = True
        for connection in _connections(self._listener):
            connection.abort()
        for accepted in self._arrivals.values():
            # Not cancelled: an event loop may forget a connection that it was just making.
            with contextlib.suppress(OSError):
                accepted.shutdown(socket.SHUT_RDWR)
        for task in self._listener.exchanges:
            task.cancel()
        tasks = self._arrivals.keys() | self._listener.exchanges
        if tasks:
            await asyncio.wait(tasks, timeout=_SHUTDOWN_SECONDS)
        for _ in range(_FAREWELL_TURNS):
            if not self.connections:
                break
            await asyncio.sleep(0)

    def part(self, trust: ClientTrust, now: float) -> int:
        """End the connections whose client certificates are not good any more; return how many. `now` is wall time."""
        parted = 0
        for connection in _connections(self._listener):
            if connection.certificate is None or connection.trust is None or connection.gone:
                continue
            why = trust.outlived(connection.certificate, connection.trust, now)
            if why:
                connection.part(why)
                parted += 1
        return parted

    def _stop_accepting(self) -> None:
        loop = asyncio.get_running_loop()
        for door in self._doors:
            loop.remove_reader(door)
            door.close()
        self._doors.clear()

    def _accept(self, door: socket.socket) -> None:
        for _ in range(_ACCEPTED_PER_TURN):
            try:
                accepted, address = door.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                # Everything else is about the one connection that broke before it was accepted (accept(2)).
                if error.errno in _EXHAUSTED:
                    self._rest(door, error)
                    return
                continue
            self._admit(accepted, plain(address[0]), address[1], self._doors[door])

    def _rest(self, door: socket.socket, error: OSError) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(door)
        loop.call_later(_REST_SECONDS, self._wake, door)
        telemetry.warning("wire.accept-paused", error=error.strerror, connections=self.connections)

    def _wake(self, door: socket.socket) -> None:
        if door in self._doors:
            asyncio.get_running_loop().add_reader(door, self._accept, door)

    def _admit(self, accepted: socket.socket, peer: str, port: int, tls: Callable[[], ssl.SSLContext | None]) -> None:
        listener = self._listener
        refusal = listener.peers.refusal(network(peer), listener.limits)
        if refusal is not None:
            accepted.close()
            listener.on_reject(peer, *refusal)
            return
        accepted.setblocking(False)  # noqa: FBT003 - the standard library's signature
        with contextlib.suppress(OSError):  # the client may have left already
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        context = tls()
        connection = Connection(listener, peer, port)
        listener.peers.enter(connection.network)
        if context is not None:
            listener.peers.begin_handshake(connection.network)
        task = asyncio.get_running_loop().create_task(self._welcome(accepted, connection, context))
        self._arrivals[task] = accepted
        task.add_done_callback(partial(self._welcomed, connection, context is not None))

    async def _welcome(self, accepted: socket.socket, connection: Connection, tls: ssl.SSLContext | None) -> None:
        seconds = self.limits.handshake_seconds
        times = {"ssl_handshake_timeout": seconds, "ssl_shutdown_timeout": _SHUTDOWN_SECONDS} if tls else {}
        # A handshake that fails was no request (scanners, probes, plain HTTP on a TLS port): nobody is told, unless it
        # was the client's certificate that was refused.
        try:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, accepted, ssl=tls, **times)
        except ssl.SSLCertVerificationError as error:
            self._listener.on_reject(connection.peer, 401, f"client certificate: {error.verify_message}")
        except ssl.SSLError as error:
            if error.reason == _NO_CERTIFICATE:
                self._listener.on_reject(connection.peer, 401, "client certificate: there is none")
        except OSError:
            return

    def _welcomed(self, connection: Connection, shaken: bool, task: asyncio.Task[None]) -> None:  # noqa: FBT001 - a callback
        accepted = self._arrivals.pop(task)
        if shaken:
            self._listener.peers.end_handshake(connection.network)
        if not connection.made:
            accepted.close()
            self._listener.peers.leave(connection.network)


def _words(error: OSError | UnicodeError) -> str:
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        return "another program listens there; end it, or choose another port"
    if number == errno.EADDRNOTAVAIL:
        return "this machine does not have that address"
    if number == errno.EACCES:
        return "ports below 1024 need a privilege; choose a higher one"
    return str(getattr(error, "strerror", None) or error).lower()


def _connections(listener: Listener) -> list[Connection]:
    return [member for member in listener.watch.members if isinstance(member, Connection)]


def _contexts(tls: Tls) -> Callable[[], ssl.SSLContext | None]:
    """What a new connection asks for its context: with reloading, it is not always the same one."""
    if isinstance(tls, ReloadingTls):
        return tls.current
    return lambda: tls


def _open(family: int, address: tuple[object, ...]) -> socket.socket:
    door = socket.socket(family, socket.SOCK_STREAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # An IPv4 client stays an IPv4 client.
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        door.setblocking(False)  # noqa: FBT003 - the standard library's signature
        door.bind(address)
        door.listen(_BACKLOG)
    except OSError:
        door.close()
        raise
    return door
