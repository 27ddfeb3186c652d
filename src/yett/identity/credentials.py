"""What a request shows to say who sends it: everything that identity may read, and nothing else of the request."""

from __future__ import annotations

from msgspec import Struct

from yett.core.certificate import Certificate


class Credentials(Struct, frozen=True, kw_only=True):
    """Read once from a head, and shown to identity for every request anew, so that a revocation holds at once.

    `authorization` are the values of all `Authorization` headers. `server` is the endpoint that they are shown to: a
    token may be meant for one and not for another. `certificate` is what the client proved to hold when the connection
    was made; no header can say it.
    """

    authorization: tuple[bytes, ...] = ()
    server: str = ""
    certificate: Certificate | None = None

    def __repr__(self) -> str:
        return f"Credentials({len(self.authorization)} authorization headers, {self.server!r})"
