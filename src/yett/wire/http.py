"""The values that cross between the wire and the rest of Yett: heads and whole requests."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from yett.core.certificate import Certificate

Header: TypeAlias = tuple[bytes, bytes]
"""Name and value. The name is lower-case, the value has no surrounding white space."""


class RequestHead(Struct, frozen=True, kw_only=True):
    """A request line and its header lines, as `wire.head` accepted them.

    `target` is the raw origin-form target, query included. `length` is the declared length of the body, 0 when there
    is none or when it is `chunked`. `closes` says that the connection ends with this exchange.
    """

    method: str
    target: bytes
    headers: tuple[Header, ...] = ()
    minor: int = 1
    length: int = 0
    chunked: bool = False
    closes: bool = False
    expects_continue: bool = False
    first: dict[bytes, bytes] = {}
    """The first value of each name; follows from `headers`, and need not be given."""
    aside: object = None
    """What the answerer derived from this head. The same head comes again and again on its connection, with it."""

    def __post_init__(self) -> None:
        if not self.first:
            force_setattr(self, "first", dict(reversed(self.headers)))

    def get(self, name: bytes) -> bytes | None:
        """The first value of a header, by its lower-case name."""
        return self.first.get(name)

    def all(self, name: bytes) -> list[bytes]:
        """Every value of a header, in order."""
        return [value for known, value in self.headers if known == name]

    def put_aside(self, derived: object) -> None:
        """Keep what was derived from this head. Nothing in it may depend on the length of the body."""
        force_setattr(self, "aside", derived)

    def with_length(self, length: int) -> RequestHead:
        """The same head with another `content-length`."""
        changed = {b"content-length": b"%d" % length}
        headers = tuple([(name, changed.get(name, value)) for name, value in self.headers])
        return replace(self, headers=headers, length=length, first=self.first | changed)

    def __repr__(self) -> str:
        # Neither header values nor the query: both may hold a credential.
        return f"RequestHead({self.method} {self.target.partition(b'?')[0]!r}, {len(self.headers)} headers)"


class Incoming(Struct, frozen=True, kw_only=True):
    """One whole request. `peer` and `port` are the client's socket address; `secure` says that TLS carried it.

    `certificate` is what the client proved in the handshake; nothing in the request can say it.
    """

    head: RequestHead
    body: bytes
    peer: str
    port: int
    secure: bool
    certificate: Certificate | None = None

    def __repr__(self) -> str:
        return f"Incoming({self.head!r}, {len(self.body)} bytes, {self.peer})"


class ResponseHead(Struct, frozen=True, kw_only=True):
    """A status line and its header lines, as `wire.response_head` accepted them.

    `length` is `None` where the body is `chunked` or ends with the connection. `closes` says that the connection
    cannot be used again. `keeps` is the server's own hint how long it keeps idle connections, in seconds.
    """

    status: int
    headers: tuple[Header, ...] = ()
    length: int | None = None
    chunked: bool = False
    closes: bool = False
    keeps: int | None = None
    aside: object = None
    """What the reader derived from this head. The same head may come again on its connection, with it."""

    def put_aside(self, derived: object) -> None:
        """Keep what was derived from this head."""
        force_setattr(self, "aside", derived)

    def get(self, name: bytes) -> bytes | None:
        """The first value of a header, by its lower-case name."""
        for known, value in self.headers:
            if known == name:
                return value
        return None

    def __repr__(self) -> str:
        return f"ResponseHead({self.status}, {len(self.headers)} headers)"
